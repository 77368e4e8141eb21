"""What in the query of an address cannot choose another story: where a reader came from, sessions, forms of a page.

Pure. Names and values are compared in lower case. A name that may well be a story's number somewhere (`ref`, `source`,
`sid`) is dropped only when its value shows that here it is none: two addresses of one story that stay apart cost one
request, and the text joins them; two stories under one key cost one of the two.
"""

from __future__ import annotations

import re

# Only say where a reader came from.
TRACKING_PREFIXES = (
    "utm_", "utm-", "at_", "wt_", "wt.", "mtm_", "matomo_", "piwik_", "hsa_", "fb_action_", "guce_", "elq", "cx_",
    "amp_", "__hs", "_hs", "ns_mchannel", "ns_campaign", "itm_", "stm_", "gaa_", "trk_", "sc_l", "ads_",
    "_branch_", "__cft__", "aspsessionid",
)  # fmt: skip
TRACKING = frozenset(  # one string, since a list of 250 quoted words cannot be read
    """
    utm fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ymclid ysclid twclid ttclid igshid igsh igid li_fat_id
    epik mc_cid mc_eid mkt_tok vero_id vero_conv oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid ef_id wickedid
    irclickid irgwc cjevent awc ranmid raneaid ransiteid rdt_cid sccid sscid clickid click_id affid aff_id
    affiliate_id aff affi affiliate partnerid clid adid ad_id from_source ex_cid ascsubtag adgroupid soc_src soc_trk
    spm scm cmpid cmp_id cmp cmpgn campaign_id campaignid campaign_date icid icmp ncid smid smtyp smprod ocid xtor
    xtref xtcr xtnp xtloc xts pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid pk_vid ga_source
    ga_medium ga_campaign ga_content ga_term ga_place _ga _gl _gac _gid gs_l _openstat srsltid gad_source
    gad_campaignid fb_source fb_ref fb_comment_id fbrefresh fb_xd_fragment mibextid sfnsn sfns sfmc_id __tn__ _ft_
    _rdr _rdc fref hc_ref hc_location notif_t action_object_map action_type_map action_ref_map paipv isappinstalled
    nsukey ftag ftcamp ft_orig segmentid trk trkcampaign trkinfo tracking trackingid tracking_id sc_cid sc_campaign
    sc_src sc_eid sc_uid sr_share sharetoken share_token share_id shareid sharetype share_source share_medium
    share_plat referringsource guccounter _guc_consent_skip tblci dicbo ob_click_id oborigurl outbrain taboola recirc
    nr_email_referer mbid ns_source ns_linkname ns_fee bbc_source intlink_from_url link_location usqp aoh int_cmp
    intcmp intcid int_source int_medium int_campaign _scpsug __twitter_impression twitter_impression twsrc tw_i tw_p
    hootpostid echobox wprov ref_src ref_url referrer referer replytocom showcomment noamp wpamp no_cache nocache
    cachebuster ao_noptimize cn-reloaded _unique_id kuid ito algotrack ct_campaign s_campaign src_medium zanpid wkda
    rtid dm_i ml_subscriber ml_subscriber_hash bsft_clkid bsft_eid bsft_mid bsft_uid bxid cvid wtrid otc_ref
    hash_share newsletter_id emc nlid wpisrc wpmm tpcc srnd leadsource dgcid xid_source tsrc .tsrc yptr _kx __kx
    pp_source traffic_source tt_from unlocked_article_code phpsessid phpsessionid jsessionid sessionid session_id
    sessid asp.net_sessionid cfid cftoken zenid oscsid
    """.split()  # noqa: SIM905
)
_SOCIALFLOW = re.compile(r"sf\d{6,}")  # the number of a post, as a name

# May be an id: dropped only when the value names a channel.
CHANNEL_PARAMETERS = frozenset(
    """
    ref source src from fromref via origin partner share medium channel feed cid mod platform _r link ref_ xid
    campaign referral spref sns rss social rel tid sref
    """.split()  # noqa: SIM905
)
CHANNELS = frozenset(
    """
    rss rssfeed rss_feed rssnyt feed feeds atom twitter tw tw_i twhr twhs twtrec facebook fb fb_i nf whatsapp telegram
    linkedin reddit pinterest tumblr instagram line wechat weibo viber email e-mail mail newsletter nl social
    socialmedia social_media share sharing distributor_share viral bookmark bookmarks notif m_notif shortener ts
    google googlenews google_news gnews apple apple_news flipboard msn msft_msn yahoo home homepage hp front frontpage
    app mobile widget related sidebar topnews trending push notification hootsuite buffer skype pocket xing vk print
    timeline singlemessage groupmessage mostread mostpopular topstories recommended recirc ss_tw ss_fb
    """.split()  # noqa: SIM905
)
# Words under these are channels, whichever they are; what has a digit may be a number, and three words or more under
# `ref` a headline: old systems call a story's reference so.
_WORDED = frozenset("ref ref_ medium campaign referral".split())  # noqa: SIM905
_WORD = re.compile(r"[a-z][a-z_-]*")
_HEADLINE = re.compile(r"[a-z]+(?:[_-]+[a-z]+){2,}")
_SITE = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}")  # blogs name the site that a reader came from: ref=paper.com

# Ask for another form of the same page. Either answer is about the form: "" stands for a name without a value.
_EITHER = frozenset(("", "1", "true", "yes", "y", "on", "0", "false", "no", "n", "off"))
_SWITCHES = frozenset(
    """
    amp _amp isamp is_amp ampmode amphtml print _print printable printview printfriendly printer printerfriendly pf
    mobile ismobile nomobile desktop fullsite singlepage refresh reload _r rss wpmp_switcher
    """.split()  # noqa: SIM905
)
_PRINTED = frozenset("amp print printable printer printer-friendly printerfriendly printfriendly".split())  # noqa: SIM905
_SHOWN = _PRINTED | {"mobile", "desktop"}
_FORMS: dict[str, frozenset[str]] = {
    **dict.fromkeys("amp print printable".split(), _PRINTED | {"html"}),  # noqa: SIM905
    **dict.fromkeys(
        "outputtype output format action do media cmd task type service marfeeltn pagewanted".split(),  # noqa: SIM905
        _PRINTED,
    ),
    **dict.fromkeys("view mode layout display style version theme device".split(), _SHOWN),  # noqa: SIM905
    "tmpl": _PRINTED | {"component"},  # Joomla's print window
}
_VALUED = frozenset((("pagewanted", "all"), ("feature", "share"), ("feature", "youtu.be"), ("_ss", "r")))
# May be a story's number in old systems, and a session only when it looks like one: long, of letters and digits.
_SESSIONS = frozenset(("sid", "s", "session"))
_TOKEN = re.compile(r"(?=[0-9]*[a-z])(?=[a-z]*[0-9])[0-9a-z]{16,}")


def means_nothing(name: str, value: str, host: str) -> bool:
    """Can a parameter of a query not choose another story? `name` and `value` are unescaped, in lower case."""
    if name in TRACKING or name.startswith(TRACKING_PREFIXES) or _SOCIALFLOW.fullmatch(name):
        return True
    if name in _SWITCHES and value in _EITHER:
        return True
    if value in _FORMS.get(name, ()):
        return True
    if (name, value) in _VALUED:
        return True
    if name in CHANNEL_PARAMETERS:
        if value in CHANNELS or value.startswith(("rss_", "rss-", "ss_")):
            return True
        if name in _WORDED and (_WORD.fullmatch(value) or _SITE.fullmatch(value)):
            return name != "ref" or _HEADLINE.fullmatch(value) is None
    if name in _SESSIONS:
        return _TOKEN.fullmatch(value) is not None
    # Blogspot's own switch; elsewhere `m` may be a month or a number.
    return name == "m" and value in ("0", "1") and ".blogspot." in f".{host}."
