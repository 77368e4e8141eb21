"""sources blocks: what comes back on a newspaper's pages and is left out of its articles."""

from __future__ import annotations

import json

import click

from scraper.session import Session


@click.command("blocks", short_help="Print what the pages of a source repeat.")
@click.argument("source_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one block a line.")
@click.pass_obj
def blocks(session: Session, source_id: str, as_json: bool) -> None:
    """Print the blocks of text that come back on the pages of a source and are left out of its articles.

    Crawls learn them from the latest pages. One that belongs to the stories is kept with its beginning, or its
    fingerprint, under keep_blocks of the source in config.yaml; "morgue reextract --apply" then brings it back.

    \b
    Example:  morgue sources blocks phnompenhpost
    """
    from archive import Archive
    from archive.database import stamp
    from scraper.learning import ENOUGH, is_kept

    (source,) = session.sources((source_id,))
    with Archive(session.data) as archive:
        found = archive.blocks(source.id)
    for block in found:
        kept = is_kept(block, source.keep_blocks)
        if as_json:
            facts = {
                "fingerprint": block.fingerprint,
                "text": block.text,
                "pages": block.pages,
                "of": block.of,
                "url": block.url,
                "learned_at": stamp(block.learned_at) if block.learned_at else None,
                "kept": kept,
            }
            click.echo(json.dumps(facts, ensure_ascii=False))
        else:
            verb = "kept" if kept else "left out"
            text = " ".join(block.text.split())
            click.echo(f"{verb}\t{block.pages} of {block.of} pages\t{block.fingerprint}\t{text}\t{block.url}")
    for entry in source.keep_blocks:
        if not any(is_kept(block, [entry]) for block in found):
            click.echo(f'morgue: keep_blocks: no learned block begins with, or is, "{entry}"', err=True)
    if not found:
        click.echo(
            f"morgue: {source.id}: no block is known; fewer than {ENOUGH} pages are kept, or nothing comes back",
            err=True,
        )
