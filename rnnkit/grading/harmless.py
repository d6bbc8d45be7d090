from nbformat import NotebookNode


def harmless(notebook: NotebookNode) -> NotebookNode:
    return notebook
