"""The address bar: a link in it is followed once, and the session is copied into it.

Knows nothing of models; whether a link's model is here is for the caller to see.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.state.link import Link, from_query, to_query
from explorer.state.session import current, follow, link_of

RECENT = 16  # addresses that a browser may still report while a newer one is on its way


def arrive(page: str) -> Link | None:
    """Note the page; return the link in the address bar, unless this session wrote it itself.

    A click may carry an address that this session has replaced since: that is no link, unless the visitor went back.
    """
    session = current()
    session.page = page
    query = st.query_params.to_dict()
    own = session.addresses[-1:] if _is_history() else session.addresses
    if not query or query in own:
        return None
    link = from_query(query)
    follow(page, link.parameters)
    _remember(query)
    return link


def publish() -> None:
    """Copy the session into the address bar."""
    query = to_query(link_of(current()))
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)
    _remember(query)


def _remember(query: dict[str, str]) -> None:
    session = current()
    session.addresses = [*(address for address in session.addresses if address != query), query][-RECENT:]


def _is_history() -> bool:
    """Whether the browser's Back or Forward brought the address; Streamlit tells it in the run's context alone."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))
