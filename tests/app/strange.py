"""Text of strangers that a page must show and not obey."""

STRANGE = {
    "markup": "<b id=injected>x</b><img id=injected src=x onerror=window.injected=1>",
    "script": "<script>window.injected=1</script>",
    "link": "[click](https://stranger.example) ![x](https://stranger.example/x.png)",
    "address": "https://stranger.example www.stranger.example HTTP://stranger.example/?a=1&b=2",
    "autolink": "<https://stranger.example> <mail@stranger.example> mail@stranger.example xmpp:mail@stranger.example",
    "emphasis": "**bold** __bold__ *slanted* _slanted_ ~~struck~~ ***both***",
    "code": "`code` ``code`` ```python",
    "formula": "$x^2$ $$x^2$$ \\(x\\)",
    "colour": ":red[x] :red-background[x] :blue-badge[x] :small[x] :color[x]{foreground=red} :help[x]",
    "icon": ":material/home: :streamlit: :smile: :+1: :-1:",
    "arrow": "a -> b <- c <-> d -- e >= f <= g ~= h",
    "table": "| a | b |",
    "heading": "# heading",
    "quotation": "> quotation",
    "bullet": "- bullet",
    "plus": "+ bullet",
    "number": "1. number",
    "bracket": "1) number",
    "rule": "---",
    "fence": "~~~",
    "definition": "[x]: https://stranger.example",
    "footnote": "[^1] [^1]: x",
    "entity": "&lt;b&gt; &#60;b&#62; &amp;",
    "backslash": r"\*x\* \<b\> \\ \[x\]",
    "spaces": "    four spaces  and  two",
    "lines": "first\n\n# second\r\n- third\ttab",
    "directive": "::name[x]{a=b}",
    "container": ":::name",
    "direction": "a\u202eb\u2066c\u200bd",
    "comparison": "parameters.total <= 330e9; cost  < 3 > 2; sla.tpot: 'NaN' is not allowed",
}
"""Each on its own and joined; `stranger.example` must never become an address."""

REPLACED = {
    "address": r"(?i)(https?://|www(?=\.))([-.\w]+)",
    "mail": r"(?:^|[\s\W])([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)",
    "emoji": r":\+1:|:-1:|:[\w-]+:",
    "icon": r":material_(\w+):|:streamlit:",
    "arrow": r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)",
}
"""Replaced in text after markdown is read: patterns of Streamlit's StreamlitMarkdown and of remark-gfm."""
