"""The lectures' applications of recurrent networks, as Keras layers and models: one a file."""

__all__: list[str] = []
