"""What a student could write to run a script in the browser of who marks. `HIT` stands for the script."""

import base64

from nbformat import NotebookNode

PNG = base64.b64encode(
    base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")
).decode()
SVG = '<svg xmlns="http://www.w3.org/2000/svg" onload="HIT"><script>HIT</script></svg>'
IMG = "<img src=x onerror=HIT>"

METADATA = {
    "title": f"</title>{IMG}",
    "kernelspec": {"name": IMG, "display_name": IMG, "language": "python"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}

# Put as HTML into Markdown, into text/html and into text/markdown.
ELEMENTS = {
    "script": "<script>HIT</script>",
    "script in capitals": "<SCRIPT >HIT</SCRIPT >",
    "script in a script": "<scr<script></script>ipt>HIT</scr<script></script>ipt><script>HIT</script>",
    "module": '<script type="module">HIT</script>',
    "img onerror": IMG,
    "img with a slash": "<img/src=x/onerror=HIT>",
    "img over lines": "<img\nsrc=x\nonerror\n=\nHIT>",
    "unclosed img": "<p title='x><img src=x onerror=HIT //",
    "image": "<image src=x onerror=HIT>",
    "svg onload": "<svg onload=HIT></svg>",
    "svg script": "<svg><script>HIT</script></svg>",
    "svg animate": "<svg><animate onbegin=HIT attributeName=x dur=1s></svg>",
    "svg link": '<svg><a xlink:href="javascript:HIT"><text y=20>x</text></a></svg>',
    "math link": '<math><mtext><a href="javascript:HIT">x</a></mtext></math>',
    "math in a table": "<math><mtext><table><mglyph><style><img src=x onerror=HIT></style></mglyph></table></math>",
    "link": '<a href="javascript:HIT">x</a>',
    "link in code points": '<a href="&#106;avascript&colon;HIT">x</a>',
    "link with a tab": '<a href="java\tscript:HIT">x</a>',
    "link with a control character": '<a href="\x01javascript:HIT">x</a>',
    "two hrefs": '<a href="javascript:HIT" href="https://example.org">x</a>',
    "files prefix": '<a href="files/javascript:HIT">x</a>',
    "area": '<map name=m><area href="javascript:HIT" shape=default></map><img usemap=#m>',
    "iframe": '<iframe src="javascript:parent.HIT"></iframe>',
    "iframe srcdoc": '<iframe srcdoc="<script>parent.HIT</script>"></iframe>',
    "iframe data": "<iframe src=\"data:text/html,<script>top.postMessage('HIT','*')</script>\"></iframe>",
    "object": '<object data="javascript:HIT" onerror=HIT></object>',
    "embed": '<embed src="data:text/html,x" onload=HIT>',
    "form": '<form action="javascript:HIT"><button>x</button></form>',
    "formaction": '<form><button formaction="javascript:HIT">x</button></form>',
    "input autofocus": "<input onfocus=HIT autofocus>",
    "task list box": f'<a title="<input class="task-list-item-checkbox" type="checkbox" disabled/> {IMG} ">',
    "checkbox with a handler": '<input type="checkbox" disabled onfocus=HIT>',
    "button": "<button onclick=HIT>x</button>",
    "details": "<details open ontoggle=HIT>x</details>",
    "body": "<body onload=HIT onfocus=HIT>",
    "video": "<video><source onerror=HIT></video>",
    "audio": "<audio src=x onerror=HIT></audio>",
    "marquee": "<marquee onstart=HIT>x</marquee>",
    "style animation": "<style>@keyframes k{}</style><p style='animation:k 1s' onanimationstart=HIT>x</p>",
    "style that ends late": "<style><a title='</style><img src=x onerror=HIT>'></style>",
    "comment that ends early": "<!--><img src=x onerror=HIT>-->",
    "comment with a bang": "<!-- --!><img src=x onerror=HIT>-->",
    "conditional comment": "<![endif]--><img src=x onerror=HIT>",
    "cdata": "<![CDATA[<img src=x onerror=HIT>]]>",
    "processing instruction": "<?x <img src=x onerror=HIT>?>",
    "noscript": "<noscript><p title='</noscript><img src=x onerror=HIT>'></noscript>",
    "textarea": "<textarea><p title='</textarea><img src=x onerror=HIT>'></textarea>",
    "title": "<title><p title='</title><img src=x onerror=HIT>'></title>",
    "xmp": "<xmp><p title='</xmp><img src=x onerror=HIT>'></xmp>",
    "template": "<template><img src=x onerror=HIT></template><img src=x onerror=HIT>",
    "select": "<select><style><img src=x onerror=HIT></style></select><img src=x onerror=HIT>",
    "handler on a plain tag": '<p onclick="HIT" onmouseover="HIT" tabindex=1>x</p>',
    "handler in a table": "<table><tr><td onclick=HIT>x</td></tr></table>",
    "custom element": "<x-y onclick=HIT>x</x-y>",
    "quote in an attribute": '<p title="&quot;><img src=x onerror=HIT>" onclick=HIT>x</p>',
    "nested deep": "<b>" * 300 + IMG,
    "null byte": "<im\0g><scr\0ipt>HIT</script><img src=x onerror=HIT>",
}

MARKDOWN = {
    "link": "[x](javascript:HIT)",
    "link in brackets": "[x](<javascript:HIT>)",
    "link in code points": "[x](&#106;avascript:HIT)",
    "link in capitals": "[x](JaVaScRiPt:HIT)",
    "reference": "[x]\n\n[x]: javascript:HIT",
    "reference late": "[x][y]\n\ntext\n\n[y]: <javascript:HIT> 'title'",
    "autolink": "<javascript:HIT>",
    "picture in a link": "[![x](y)](javascript:HIT)",
    "picture with a quote": '![x" onerror="HIT](y)',
    "picture address with a quote": "![x](y\"onerror=\"HIT)",
    "title with a quote": "[x](y '\" onmouseover=HIT \"')",
    "data page": "[x](data:text/html,<script>HIT</script>)",
    "formula": "$</script><script>HIT</script>$",
    "formula with an element": "$$<img src=x onerror=HIT>$$",
    "formula that is not one": "\\$<img src=x onerror=HIT>\\$",
    "environment": r"\begin{x}<img src=x onerror=HIT>\end{x}",
    "mermaid": "```mermaid\n<img src=x onerror=HIT>\n```",
    "language with a quote": '```x"onmouseover="HIT\ncode\n```',
    "language with an element": "```x<img/src=x/onerror=HIT>\ncode\n```",
    "code": "`<img src=x onerror=HIT>`",
    "code with no end": "``<img src=x onerror=HIT>`",
    "heading": "# <img src=x onerror=HIT>",
    "table": "|a|\n|-|\n|<img src=x onerror=HIT>|",
    "quoted": "> - 1. <img src=x onerror=HIT>",
    "split by an escape": "<img src=x \\\nonerror=HIT>",
    "block that ends": "<div>\n\n<img src=x onerror=HIT>\n\n</div>",
    "cut off": "text <img src=x onerror=HIT ",
    "tag that is left open": "<p title=\"",
    "attachment": "![x](attachment:x.svg)",
}  # fmt: skip


def cell(kind, source, **more):
    """A cell that no rule of nbformat has looked at."""
    found = NotebookNode(cell_type=kind, source=source, metadata=NotebookNode())
    if kind == "code":
        found.update(outputs=[], execution_count=None)
    found.update(more)
    return found


def md(source, **more):
    return cell("markdown", source, **more)


def output(data, metadata=None, kind="display_data"):
    more = {"execution_count": 1} if kind == "execute_result" else {}
    return NotebookNode(output_type=kind, data=data, metadata=NotebookNode(metadata or {}), **more)


def shown(*outputs, **more):
    return [cell("code", "x", **{"outputs": list(outputs), **more})]


def cells():
    """Name → cells of a notebook that tries it."""
    found = {}
    for name, element in ELEMENTS.items():
        found[f"Markdown, {name}"] = [md(element), md("after")]
        found[f"text/html, {name}"] = shown(output({"text/html": element}))
        found[f"text/markdown, {name}"] = shown(output({"text/markdown": f"text {element}"}, kind="execute_result"))
    for name, source in MARKDOWN.items():
        attached = {"x.svg": {'x" onerror="HIT" y="': "x"}}
        found[f"Markdown, {name} (md)"] = [
            md(source, attachments=attached),
            md('HIT" onmouseover=HIT onerror=HIT src=x>'),
        ]
    found |= fields_and_outputs()
    return found


def fields_and_outputs():
    """Those of them that are neither Markdown nor HTML."""
    return _outputs() | _fields()


def _outputs():
    page = "<script>top.postMessage('HIT','*')</script>"
    quoted = 'x" onerror="HIT'
    return {
        "JavaScript": shown(output({"application/javascript": "HIT"})),
        "JavaScript that ends": shown(output({"application/javascript": "</script><script>HIT</script>"})),
        "SVG": shown(output({"image/svg+xml": SVG})),
        "SVG that is HTML": shown(output({"image/svg+xml": "</svg>" + IMG})),
        "isolated page": shown(output({"text/html": page}, {"text/html": {"isolated": True}})),
        "PNG that ends": shown(output({"image/png": f'{PNG}"><img src=x onerror=HIT>'})),
        "PNG that is none": shown(output({"image/png": quoted})),
        "JPEG that ends": shown(output({"image/jpeg": quoted})),
        "GIF that is a page": shown(output({"image/gif": base64.b64encode(page.encode()).decode()})),
        "width": shown(output({"image/png": PNG}, {"image/png": {"width": "1 onload=HIT onerror=HIT"}})),
        "height": shown(output({"image/png": PNG}, {"image/png": {"height": "1 onmouseover=HIT"}})),
        "width for all": shown(output({"image/png": PNG}, {"width": "1 onload=HIT"})),
        "alt": shown(output({"image/png": PNG}, {"image/png": {"alt": quoted}})),
        "file name": shown(output({"image/png": PNG}, {"filenames": {"image/png": quoted}})),
        "LaTeX": shown(output({"text/latex": "$x$</div>" + IMG})),
        "plain": shown(output({"text/plain": "</pre>" + IMG})),
        "mermaid": shown(output({"text/vnd.mermaid": "</pre>" + IMG})),
        "widget": shown(output({"application/vnd.jupyter.widget-view+json": {"x": "</script>" + IMG}})),
        "a kind of output with an element": shown(output({IMG: "x", "text/" + IMG: "x"})),
        "PDF": shown(output({"application/pdf": "HIT"})),
        "stdout": shown(NotebookNode(output_type="stream", name="stdout", text=f"</pre>{IMG}\x1b[31m{IMG}")),
        "stream's name": shown(NotebookNode(output_type="stream", name=IMG, text="x")),
        "colour": shown(NotebookNode(output_type="stream", name="stderr", text=f'\x1b[38;2;1"onclick=HIT m{IMG}')),
        "error": shown(NotebookNode(output_type="error", ename=IMG, evalue=IMG, traceback=[IMG, f"\x1b[31m{IMG}"])),
        "two forms": shown(output({"text/html": IMG, "text/plain": "x", "image/png": "x"}, kind="execute_result")),
    }  # fmt: skip


def _fields():
    marked = {"grade": True, "solution": True, "locked": False, "schema_version": 3, "points": 1}
    return {
        "raw": [cell("raw", IMG)],
        "raw HTML": [cell("raw", IMG, metadata={"raw_mimetype": "text/html", "format": "text/html"})],
        "code": [cell("code", f'"""</pre></div>{IMG}"""')],
        "code as HTML": [cell("code", f"%%html\n{IMG}\n</pre>")],
        "code's language": [cell("code", IMG, metadata={"magics_language": "html"})],
        "tags": [cell("code", "x", metadata={"tags": ['x" onmouseover="HIT', f'">{IMG}']})],
        "cell id": [md("x", id='x" onmouseover="HIT'), cell("code", "x", id=f'">{IMG}')],
        "execution count": shown(execution_count=IMG),
        "alt of a cell": shown(output({"image/png": PNG}), metadata=NotebookNode(alt='x" onerror="HIT" onload="HIT')),
        "grade_id": [md("x", metadata={"nbgrader": {**marked, "grade_id": f'x">{IMG}'}})],
        "points": [md("x", metadata={"nbgrader": {**marked, "grade_id": "q", "points": IMG}})],
        "comment": [md("x", metadata={"nbgrader": {**marked, "grade_id": "q", "comment": IMG}})],
        "answer": [md(IMG, metadata={"nbgrader": {**marked, "grade_id": "q"}})],
        "kind of cell": [NotebookNode(cell_type=IMG, type=IMG, source=IMG, metadata=NotebookNode())],
    }


def notebook(cells, hit):
    """A notebook with a payload, its script in place; keys of dicts too."""
    for place, found in enumerate(cells):
        found.setdefault("id", f"cell-{place}")
    found = NotebookNode(cells=cells, metadata=NotebookNode(METADATA), nbformat=4, nbformat_minor=5)
    return _filled(found, hit)


def _filled(value, hit):
    if isinstance(value, str):
        number = hit[len("hit(") : -1]
        return value.replace("postMessage('HIT'", f"postMessage('{number}'").replace("HIT", hit)
    if isinstance(value, list):
        return [_filled(item, hit) for item in value]
    if isinstance(value, dict):
        filled = NotebookNode()
        filled.update({_filled(k, hit): _filled(v, hit) for k, v in value.items()})
        return filled
    return value
