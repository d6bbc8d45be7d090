"""Show and Tell: an image model, a recurrent cell that says what the image shows, and a search for what it says."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from rnnkit._checks import number, one_of, positive_integer
from rnnkit.applications import _beam
from rnnkit.applications._captions import END, PADDING, Caption, caption_words, check_parts, encode
from rnnkit.language import detokenise
from rnnkit.layers.base import register

__all__ = ["Caption", "ShowAndTell", "caption_words"]

IMAGE_AS = ("first", "each", "state")
_NEVER = -1e9  # a log-probability of what cannot be


@register
class ShowAndTell(keras.Model):
    r"""A network that is shown an image and tells a sentence, word after word, until it says that the sentence ends.

    A sentence S has the words S(1) … S(N−1); S(0) and S(N) are the mark that begins and ends every sentence. The
    words are one-hot vectors, and CNN(I) are the image model's features:

    $$x(-1) = W_I\, \mathrm{CNN}(I) + b_I \tag{1}$$
    $$x(t) = W_e\, S(t) \tag{2}$$
    $$\log p(t+1) = \log\mathrm{softmax}\big(V\, m(t) + c\big), \qquad m(t) = \mathrm{cell}\big(x(t), m(t-1)\big)
        \tag{3}$$
    $$\log p(S \mid I) = \sum_{t=1}^{N} \log p(t)_{S(t)} \tag{4}$$
    $$L = -\frac{1}{M} \sum_{i=1}^{M} \log p(S_i \mid I_i) \tag{5}$$

    (5) is the mean over the M sentences of a batch, in nats a sentence: sums over words, not means, as their
    difference to the language's entropy is then what the network does not know.

    A sentence has at most `max_words` words. After so many, (3) gives the end the probability 1, in training as in
    `generate`: the probabilities of all sentences sum to 1, and `Caption.forced` says which ends were not chosen.

    Args:
        image_model: a built Keras model from images to vectors, (batch, …) to (batch, F). Scaling of pixels belongs
            into it (`keras.layers.Rescaling`), so that it is the same in training and in use. Whatever it takes can
            take an image's place: a recurrent network as image model makes an encoder-decoder, which translates.
        cell: a recurrent cell, Keras's or rnnkit's, or a list of them, which are stacked.
        words: the vocabulary, without the mark; `caption_words` gives that of sentences.
        max_words: of a sentence, its end not counted.
        embedding_units: E, the size of x.
        image_as: "first" is the source's (1); "each" adds x(−1) to each word instead, (2) + (1); "state" makes the
            cell's first states of CNN(I), by a dense layer in the place of (1).
        name, dtype, trainable: as in `keras.Model`.

    Call arguments:
        inputs: images, and numbers of words of shape (batch, C, T) as `encode` gives them: C sentences an image, which
            share the image's features.
        training: passed to image model and cell.

    Returns:
        Logarithms of the words' probabilities, (3), shape (batch, C, T, len(words) + 1); the mark has the number 0.

    Raises:
        ValueError: an image model that is not built or gives no vectors, no cell, words that are empty or repeated,
            an unknown `image_as`; later images of another size, empty sentences, words not in the vocabulary,
            sentences that are too long.

    Source:
        O. Vinyals, A. Toshev, S. Bengio and D. Erhan, Show and Tell (2014): (1), (2), (3) are its (10), (11), (12),
        with a bias in (1) and (3); (4) is its (2), and (5) its (13), as a mean over sentences. Z. Wu, Recurrent Neural
        Networks (2015), the slides on the image caption generator.

    Example:
        >>> import keras, numpy as np
        >>> images, sentences = np.random.rand(6, 8, 8, 3), ["a red circle", "a square"] * 3
        >>> cnn = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(5)])
        >>> model = ShowAndTell(cnn, keras.layers.LSTMCell(7), caption_words(sentences), max_words=6)
        >>> model.compile("adam")
        >>> history = model.fit(images, sentences, epochs=2, verbose=0)
        >>> captions = model.generate(images[:2], beam=3)
        >>> len(captions), len(captions[0]), captions[0][0].log_prob >= captions[0][1].log_prob
        (2, 3, True)
    """

    def __init__(
        self,
        image_model: Any,
        cell: Any,
        words: Sequence[str],
        max_words: int = 20,
        embedding_units: int = 64,
        image_as: str = "first",
        **kwargs: Any,
    ) -> None:
        check_parts(image_model, cell, words)
        super().__init__(**kwargs)
        self.image_model = image_model
        self.cell = keras.layers.StackedRNNCells(cell) if isinstance(cell, list | tuple) else cell
        self.words = tuple(words)
        self.max_words = positive_integer("max_words", max_words)
        self.embedding_units = positive_integer("embedding_units", embedding_units)
        self.image_as = one_of("image_as", image_as, IMAGE_AS)
        self._build_parts(image_model.output_shape[-1])
        self.built = True

    def _build_parts(self, features: int) -> None:
        self.rnn = keras.layers.RNN(self.cell, return_sequences=True, name="rnn")
        self.rnn.build((None, None, self.embedding_units))
        sizes = tree.flatten(self.cell.state_size)
        image_units = sum(sizes) if self.image_as == "state" else self.embedding_units
        self.image_embedding = keras.layers.Dense(image_units, name="image_embedding")
        self.image_embedding.build((None, features))
        self.word_embedding = keras.layers.Embedding(len(self.words) + 1, self.embedding_units, name="word_embedding")
        self.word_embedding.build((None, None))
        self.output_layer = keras.layers.Dense(len(self.words) + 1, name="output")
        self.output_layer.build((None, self.cell.output_size))

    # The equations, for training and for generating alike.

    def _first_states(self, image: Any) -> Any:
        """The cell's states before the first word and, from an image's embedding, after it where it is one."""
        if self.image_as != "state":
            return self.rnn.get_initial_state(ops.shape(image)[0])
        sizes = tree.flatten(self.cell.state_size)
        parts = ops.split(image, np.cumsum(sizes)[:-1].tolist(), axis=-1) if len(sizes) > 1 else [image]
        return tree.pack_sequence_as(self.rnn.get_initial_state(ops.shape(image)[0]), parts)

    def _image(self, images: Any, training: bool) -> Any:
        return self.image_embedding(self.image_model(images, training=training))  # (1)

    def _word(self, numbers: Any, image: Any) -> Any:
        x = self.word_embedding(ops.maximum(numbers, END))  # (2)
        return x + image if self.image_as == "each" else x

    def _log_p(self, m: Any, t: Any) -> Any:
        """Of the word after t words, which is the end where t is `max_words`."""
        only_end = ops.where(ops.arange(len(self.words) + 1) == END, 0.0, _NEVER)
        a = self.output_layer(m)
        a = ops.where(ops.expand_dims(t, -1) >= self.max_words, ops.cast(only_end, a.dtype), a)
        return ops.log_softmax(a, axis=-1)  # (3)

    def build(self, input_shape: Any = None) -> None:
        self.built = True  # by the constructor, which knows all shapes

    def call(self, inputs: Any, training: bool = False) -> Any:
        images, numbers = inputs
        C, T = numbers.shape[1] or ops.shape(numbers)[1], numbers.shape[2] or ops.shape(numbers)[2]
        image = ops.repeat(self._image(images, training), C, axis=0)
        numbers = ops.cast(ops.reshape(numbers, (-1, T)), "int32")
        before = ops.concatenate([ops.full_like(numbers[:, :1], END), numbers[:, :-1]], axis=1)
        x = self._word(before, image[:, None])
        if self.image_as == "first":
            x = ops.concatenate([image[:, None], x], axis=1)
        m = self.rnn(x, initial_state=self._first_states(image), training=training)[:, -T:]
        log_p = self._log_p(m, ops.arange(T))
        return ops.reshape(log_p, (-1, C, T, len(self.words) + 1))

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """(5), and the losses of regularisers."""
        log_p = _of_sentences(y_pred, y)
        told = ops.cast(ops.not_equal(y[..., 0], PADDING), log_p.dtype)
        if sample_weight is not None:
            told = told * ops.reshape(ops.cast(sample_weight, log_p.dtype), (-1, 1))
        loss = -ops.sum(told * log_p) / ops.maximum(ops.sum(told), 1e-9)  # (5)
        return loss + sum(self.losses)

    # Texts for numbers, around Keras's own methods.

    def encode(self, sentences: Any) -> np.ndarray:
        """Numbers of sentences' words and of their ends, −1 after them: int32, (count, C, longest + 1).

        Args:
            sentences: a text, or C texts, for each image.

        Raises:
            ValueError: no text, an empty one, a word that is not in the vocabulary, too many words.
        """
        return encode(sentences, self.words, self.max_words)

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.fit` on images and sentences, a text or several for each image; so for `validation_data`."""
        if kwargs.get("validation_data") is not None and y is not None:
            kwargs["validation_data"] = self._pairs(*kwargs["validation_data"])
        return super().fit(*self._pairs(x, y), *args, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """The loss (5), and whatever else `keras.Model.evaluate` gives, on images and sentences."""
        return super().evaluate(*self._pairs(x, y), *args, **kwargs)

    def _pairs(self, images: Any, sentences: Any) -> tuple[Any, Any]:
        """What Keras's methods take, as they call one another with it; a data set, which has no sentences, as it is."""
        if sentences is None or getattr(getattr(sentences, "dtype", None), "kind", "") == "i":
            return images, sentences
        images, numbers = self._images(images), self.encode(sentences)
        if len(images) != len(numbers):
            raise ValueError(f"sentences: expected one item for each of {len(images)} images, received {len(numbers)}.")
        return [images, numbers], numbers

    def _images(self, images: Any) -> np.ndarray:
        images, shape = np.asarray(images), self.image_model.input_shape
        fits = images.ndim == len(shape) and all(b in (None, a) for a, b in zip(images.shape, shape, strict=True))
        if not fits or len(images) == 0:
            raise ValueError(
                f"images: expected shape {('batch', *shape[1:])}, the image model's, received {images.shape}. Resize "
                "them, or give one image as images[None]."
            )
        if not np.all(np.isfinite(images)):
            raise ValueError("images: expected finite numbers, received NaN or infinity.")
        return images

    def sentence_log_prob(self, images: Any, sentences: Any, batch_size: int = 64) -> np.ndarray:
        """log p(S | I), (4): shape (images,) for a text each, (images, C) for C texts each, NaN where one has fewer."""
        inputs, numbers = self._pairs(images, sentences)
        log_p = ops.convert_to_numpy(_of_sentences(self.predict(inputs, batch_size=batch_size, verbose=0), numbers))
        log_p = np.where(numbers[..., 0] == PADDING, np.nan, log_p)
        return log_p[:, 0] if all(isinstance(item, str) for item in sentences) else log_p

    def generate(
        self, images: Any, beam: int = 5, length_penalty: float = 0.0, batch_size: int = 128
    ) -> list[list[Caption]]:
        """Sentences for each image, by beam search.

        Args:
            images: shape (batch, …), as in training.
            beam: hypotheses kept after each word; 1 is the greedy choice.
            length_penalty: α ≥ 0. Sentences are compared by log p(S | I) / Nᵅ, N their words and the end. 0, the
                default, compares probabilities, which favours short sentences; 1 compares means over words.
            batch_size: images at once.

        Returns:
            For each image at most `beam` different captions, the best first.

        Raises:
            ValueError: images of another size, a beam that is no positive integer, a negative penalty.
        """
        images, beam = self._images(images), positive_integer("beam", beam)
        alpha = number("length_penalty", length_penalty, least=0.0)
        batch_size = positive_integer("batch_size", batch_size)
        found: list[list[Caption]] = []
        for start in range(0, len(images), batch_size):
            batch = images[start : start + batch_size]
            beams = _beam.search(self._step_function(batch, beam), len(batch), beam, self.max_words, alpha)
            for words, log_p in zip(beams.words, beams.log_p, strict=True):
                found.append([self._caption(w, p) for w, p in zip(words, log_p, strict=True) if p > _NEVER / 2])
        return found

    def _step_function(self, images: np.ndarray, beam: int) -> Any:
        """log p of the next words for each hypothesis, as `_beam.search` asks for it, word after word."""
        image = ops.repeat(self._image(images, False), beam, axis=0)
        states, t = self._first_states(image), 0
        if self.image_as == "first":
            _, states = self.cell(image, states)

        def step(last: np.ndarray, parent: np.ndarray) -> np.ndarray:
            nonlocal states, t
            states = tree.map_structure(lambda s: ops.take(s, parent, axis=0), states)
            m, states = self.cell(self._word(last, image), states)
            log_p, t = self._log_p(m, ops.full((len(last),), t)), t + 1
            return ops.convert_to_numpy(log_p).astype(float)

        return step

    def _caption(self, numbers: np.ndarray, log_p: float) -> Caption:
        words = tuple(self.words[i - 1] for i in numbers if i != END)
        return Caption(detokenise(words), words, float(log_p), forced=len(words) == self.max_words)

    def get_config(self) -> dict[str, Any]:
        names = ("words", "max_words", "embedding_units", "image_as")
        parts = {name: keras.saving.serialize_keras_object(getattr(self, name)) for name in ("image_model", "cell")}
        return {**super().get_config(), **{name: getattr(self, name) for name in names}, **parts}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> "ShowAndTell":
        parts = {
            name: keras.saving.deserialize_keras_object(config[name], custom_objects=custom_objects)
            for name in ("image_model", "cell")
        }
        return cls(**{**config, **parts})


def _of_sentences(log_p: Any, numbers: Any) -> Any:
    """log p(S | I) from the words' log-probabilities (…, T, V) and numbers (…, T)."""
    told = ops.cast(ops.not_equal(numbers, PADDING), log_p.dtype)
    S = ops.expand_dims(ops.maximum(ops.cast(numbers, "int32"), END), -1)
    return ops.sum(told * ops.take_along_axis(log_p, S, axis=-1)[..., 0], axis=-1)  # (4)
