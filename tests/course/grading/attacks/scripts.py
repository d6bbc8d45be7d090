"""Scripts for the instructor's browser and terminal. The work itself is right, and gets its points."""

from nbformat.v4 import new_markdown_cell, new_raw_cell

from tests.course.grading.attacks.case import Case, Files, Place

SCRIPT = "<script>alert(86313)</script>"
MARKDOWN = f"""
{SCRIPT} <img src=x onerror="alert(86313)"> <a href="javascript:alert(86313)">solution</a>
<iframe srcdoc="{SCRIPT}"></iframe> <svg onload="alert(86313)"></svg> <form action=http://example.org><input name=x></form>
$$</script>{SCRIPT}$$ `{SCRIPT}` [a](javascript:alert(86313))
"""
OUTPUT = f"""
from IPython.display import HTML, Javascript, SVG, Markdown, Latex, display
display(HTML({MARKDOWN!r}), Javascript("alert(86313)"), SVG('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(86313)"/>'))
display(Markdown({MARKDOWN!r}), Latex({MARKDOWN!r}))
print({MARKDOWN!r})
raise type({SCRIPT!r}, (Exception,), {{}})({MARKDOWN!r})
"""


def markdown(place: Place) -> object:
    notebook = place.right()
    notebook.cells += [new_markdown_cell(MARKDOWN, id="own-text"), new_raw_cell(MARKDOWN, id="own-raw")]
    question = next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "question")
    question.source += MARKDOWN
    return notebook


def names(place: Place) -> Files:
    """Names of files are shown in the table."""
    odd = ("[bold]x[/red].py", "<script>alert(86313)<.txt", "\x1b[31mred\x07.txt", "[link=http:x]y[/link].md", "[/].py")
    return {"tiny (1).ipynb": place.right(), **dict.fromkeys(odd, "x")}


CASES = [
    Case("script-markdown", "script in text, raw cells and the written answer", markdown, 30, "the work is right"),
    Case("script-output", "script in outputs and errors", lambda p: p.right(OUTPUT), 30, "the work is right"),
    Case("script-names", "markup and escape codes in file names", names, 30, "the work is right", "repaired"),
]
