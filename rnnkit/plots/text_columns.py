"""Texts side by side, for a notebook."""

from collections.abc import Mapping
from html import escape


class TextColumns:
    """Texts in columns: HTML where the notebook is shown, plain text elsewhere.

    Args:
        texts: each column's text by its heading.

    Example:
        >>> TextColumns({"τ = 0.3": "Tea\\nwater"})
        τ = 0.3
        -------
        Tea
        water
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.texts = dict(texts)

    def __repr__(self) -> str:
        return "\n\n".join(f"{head}\n{'-' * len(head)}\n{text}" for head, text in self.texts.items())

    def _repr_html_(self) -> str:
        body = '<div style="white-space:pre-wrap;font-size:0.9em;line-height:1.35">'
        cells = "".join(
            '<div style="flex:1 1 15em;min-width:0;border-left:3px solid #0072B2;padding:0 0.8em">'
            f"<b>{escape(head)}</b>{body}{escape(text)}</div></div>"
            for head, text in self.texts.items()
        )
        return f'<div style="display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start">{cells}</div>'
