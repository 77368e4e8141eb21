"""The key that recognises an address again, whatever costume it comes in. Pure; the one door to ada-url.

A key is only for comparing: fetch the address as it was found. The rules are general and careful. What a server
could use to choose another story (path, case of the path, ids and page numbers in the query) is never dropped; what
cannot choose one is: scheme, `www.`, default port, tracking and session parameters, fragment, AMP and print forms.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

import ada_url

# Parameters that only say where a reader came from. Compared in lower case.
TRACKING_PREFIXES = (
    "utm_", "utm-", "at_", "wt_", "wt.", "mtm_", "matomo_", "piwik_", "hsa_", "fb_action_", "guce_", "elq", "cx_",
    "amp_", "__hs", "_hs", "aspsessionid", "ns_mchannel", "ns_campaign", "itm_", "stm_",
)  # fmt: skip
TRACKING = frozenset(  # one string, since a list of 160 quoted words cannot be read
    """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ymclid ysclid twclid ttclid igshid igsh li_fat_id epik
    mc_cid mc_eid mkt_tok vero_id vero_conv oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid ef_id wickedid irclickid
    irgwc soc_src soc_trk spm scm cmpid cmp_id cmp cmpgn campaign_id campaignid icid ncid smid smtyp ocid xtor xtref
    xtcr pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid pk_vid
    ga_source ga_medium ga_campaign ga_content ga_term ga_place _ga _gl _gac _gid _openstat
    fb_source fb_ref fb_comment_id fbrefresh mibextid sfnsn ftag ftcamp trk trkcampaign trkinfo sc_cid sc_campaign
    sr_share sharetoken guccounter tblci dicbo ob_click_id oborigurl nr_email_referer mbid ns_source ns_linkname ns_fee
    sthisfb usqp aoh int_cmp intcmp intcid int_source int_medium int_campaign _scpsug __twitter_impression
    twitter_impression twsrc tw_i tw_p wprov ref_src ref_url referrer referer replytocom noamp no_cache
    ito algotrack ct_campaign zanpid wkda rtid dm_i ml_subscriber ml_subscriber_hash bsft_clkid bsft_eid bsft_mid
    bsft_uid cvid wtrid otc_ref hash_share _branch_match_id _branch_referrer srsltid gad_source gad_campaignid
    phpsessid jsessionid sessionid session_id cfid cftoken zenid oscsid
    """.split()  # noqa: SIM905
)
# Parameters that may be an id and are dropped only when their value names a channel.
CHANNEL_PARAMETERS = frozenset(
    "ref source src from via origin partner share medium channel feed cid mod platform _r link ref_ xid ex_cid".split()  # noqa: SIM905
)
CHANNELS = frozenset(
    """
    rss rssfeed rss_feed feed feeds atom twitter tw facebook fb whatsapp telegram linkedin reddit pinterest tumblr
    instagram line wechat weibo viber email e-mail mail newsletter social socialmedia social_media share sharing
    google googlenews google_news gnews apple apple_news flipboard msn yahoo home homepage hp front frontpage
    app mobile widget related sidebar topnews trending push notification hootsuite buffer skype pocket xing vk print
    """.split()  # noqa: SIM905
)
# Parameter -> values that only ask for another form of the same page. "" stands for a name without a value.
YES = frozenset(("", "1", "true", "yes", "y", "on"))
FORMS: dict[str, frozenset[str]] = {
    "amp": YES | {"amp", "html"},
    "_amp": YES,
    "isamp": YES,
    "print": YES | {"print"},
    "printable": YES,
    "printview": YES,
    "printfriendly": YES,
    "printer": YES,
    "printerfriendly": YES,
    "outputtype": frozenset({"amp", "print"}),
    "output": frozenset({"amp", "print"}),
    "format": frozenset({"amp", "print", "printable"}),
    "view": frozenset({"amp", "print", "mobile"}),
    "mode": frozenset({"amp", "print"}),
    "layout": frozenset({"amp", "print"}),
    "tmpl": frozenset({"component"}),  # Joomla's print window
    "share": CHANNELS,
    "feature": frozenset({"youtu.be", "share"}),
}
# What stands for itself in a path and in a name or value of a query. "/", "?", "#" and "%" are never unescaped.
PATH_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")
PATH_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@")
QUERY_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*,:@/]")
QUERY_PLAIN = PATH_PLAIN - frozenset(b"&=+;")
VALUE_OTHER = re.compile(r"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$'()*,:@/=]")
# Second levels under which names are given away in countries' domains: "m.co.uk" is a name, not a mobile host.
SECOND_LEVELS = frozenset(("co", "com", "org", "net", "gov", "gob", "gouv", "go", "ac", "edu", "or", "ne", "mil"))
MOBILE = frozenset(("m", "mobile", "mobi", "amp", "wap", "touch"))
AMP_CACHE = re.compile(r"^(?:[^.]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)$")
AMP_CACHE_PATH = re.compile(r"^/(?:[civr]|wp|mbv)/(?:s/)?([^/]+\.[^/]+(?:/.*)?)$", re.DOTALL)
AMP_VIEWER_PATH = re.compile(r"^/amp/(?:s/)?([^/]+\.[^/]+(?:/.*)?)$", re.DOTALL)
GOOGLE = re.compile(r"^(?:www\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?$")
INDEX = re.compile(r"/(?:index|default)\.(?:s?html?|xhtml|php\d?|aspx?|jspx?|cfm|cgi|pl)$", re.IGNORECASE)
PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid|sessionid)=[^/;]*", re.IGNORECASE)
TWIN_ENDING = re.compile(r"(?<=[^/])/(?:amp|print)$", re.IGNORECASE)
TWIN_SUFFIX = re.compile(r"[.,](?:amp|print)(\.[a-z]{3,5})?$", re.IGNORECASE)
AMP_PREFIX = re.compile(r"^/amp(?=/(?:.*/)?[^/]*[-\d][^/]*$)", re.IGNORECASE)
BARE = re.compile(r"^(?://)?[^\s/?#:@]+\.[^\s/?#:@]+(?::\d+)?(?:[/?#]|$)")
ROUNDS = 12  # unwrapping stops here: nobody wraps an address twelve times in earnest


@lru_cache(maxsize=16_384)  # a crawl asks for the same address some times in a row
def address_key(url: str) -> str:
    """The form of `url` under which the archive recognises it again: `address_key(address_key(u)) == address_key(u)`.

    Never raises: what is no address comes back stripped.

    >>> address_key("http://www.Example.com:80/2017/11/a-story/?utm_source=rss&id=7#comments")
    'https://example.com/2017/11/a-story?id=7'
    """
    key = _once(url)
    for _ in range(ROUNDS):
        again = _once(key)
        if again == key:
            break
        key = again
    return key


def _once(url: str) -> str:
    parsed = _parse(url)
    if parsed is None:
        return url.strip()
    if parsed.protocol not in ("http:", "https:"):
        return str(parsed.href)
    host = _host(parsed.hostname)
    wrapped = _unwrapped(parsed.hostname, parsed.pathname, parsed.search)
    if wrapped is not None:
        return wrapped
    port = "" if parsed.port in ("", "80", "443") else f":{parsed.port}"
    return f"https://{host}{port}{_path(parsed.pathname)}{_query(parsed.search, host)}{_fragment(parsed.hash)}"


def _parse(url: str) -> ada_url.URL | None:
    for candidate in (url, "https://" + url.strip().lstrip("/")) if BARE.match(url.strip()) else (url,):
        try:
            return ada_url.URL(candidate)
        except (ValueError, UnicodeError):
            continue
    return None


def _unwrapped(host: str, path: str, query: str) -> str | None:
    """The address inside an AMP cache, AMP viewer or link counter of a search engine or network."""
    inner = None
    if AMP_CACHE.match(host):
        inner = AMP_CACHE_PATH.match(path)
    elif GOOGLE.match(host):
        inner = AMP_VIEWER_PATH.match(path)
    if inner:
        return f"https://{inner[1]}{query}"
    names: tuple[str, ...] = ()
    if GOOGLE.match(host) and path == "/url":
        names = ("url", "q")
    elif host in ("l.facebook.com", "lm.facebook.com") and path == "/l.php":
        names = ("u",)
    given = dict(part.partition("=")[::2] for part in query[1:].split("&"))
    for name in names:
        target = unquote(given.get(name, ""))
        if target.startswith(("http://", "https://")):
            return target
    return None


def _host(host: str) -> str:
    labels = [label for label in host.split(".") if label] or [host]
    while len(labels) > 2:
        rest = labels[1:]
        if len(rest) == 2 and rest[0] in SECOND_LEVELS and len(rest[1]) == 2:
            break
        if re.fullmatch(r"www?\d{0,2}", labels[0]) or labels[0] in MOBILE:
            labels = rest
        elif "m" in labels[1:-2]:  # en.m.wikipedia.org
            labels.remove("m")
        else:
            break
    return ".".join(labels)


def _path(path: str) -> str:
    path = PATH_SESSION.sub("", path)
    path = _percent(path, PATH_OTHER, PATH_PLAIN)
    before = None
    while path != before:
        before = path
        path = re.sub(r"(?<!:)/{2,}", "/", path)
        path = re.sub(r"(?:%20|/)+$", "", path)
        path = INDEX.sub("", path)
        path = TWIN_ENDING.sub("", path)
        path = TWIN_SUFFIX.sub(r"\1", path) if path.rpartition("/")[2][:1] not in (".", ",") else path
        path = AMP_PREFIX.sub("", path)
    return path or "/"


def _query(query: str, host: str) -> str:
    kept = []
    for part in query[1:].replace("&amp;", "&").split("&"):
        name, equals, value = part.partition("=")
        if not name or (equals and not value):
            continue
        if not _means_nothing(unquote(name).lower(), unquote(value).lower(), host):
            pair = _percent(name.replace("+", "%20"), QUERY_OTHER, QUERY_PLAIN)
            if equals:
                pair += "=" + _percent(value.replace("+", "%20"), VALUE_OTHER, QUERY_PLAIN)
            kept.append(pair)
    return "?" + "&".join(sorted(kept)) if kept else ""


def _means_nothing(name: str, value: str, host: str) -> bool:
    if name in TRACKING or name.startswith(TRACKING_PREFIXES):
        return True
    if value in FORMS.get(name, ()):
        return True
    if name in CHANNEL_PARAMETERS and (value in CHANNELS or value.startswith(("rss_", "rss-"))):
        return True
    if name == "sid":  # a story's number in some old systems, a session only when it looks like one
        return re.fullmatch(r"[0-9a-f]{32}", value) is not None
    return name == "m" and value in ("0", "1") and ".blogspot." in f".{host}."


def _fragment(fragment: str) -> str:
    # "#!/story/7" and "#/story/7" choose a story in pages that are programs; every other fragment is a place on a page.
    return fragment if re.match(r"#(?:!|/).", fragment) else ""


def _percent(text: str, other: re.Pattern[str], plain: frozenset[int]) -> str:
    """One spelling for each octet: plain where it may be, else %XX in capitals; `%2F` stays apart from "/".

    other   finds escapes and what must become one
    plain   the octets that need no escape
    """

    def spelt(match: re.Match[str]) -> str:
        if match[1]:
            octet = int(match[1], 16)
            return chr(octet) if octet in plain else f"%{octet:02X}"
        return "".join(f"%{octet:02X}" for octet in match[0].encode("utf-8", "surrogatepass"))

    return other.sub(spelt, text)
