"""What every cell and layer shares, for cells and layers of one's own too."""

import keras

from rnnkit.layers._cell import GatedCell as GatedCell
from rnnkit.layers._cell import RecurrentCell as RecurrentCell
from rnnkit.layers._cell import arguments_of as arguments_of
from rnnkit.layers._cell import kind_of as kind_of
from rnnkit.layers._cell import parts as parts
from rnnkit.layers._cell import resolved as resolved
from rnnkit.layers._layer import RecurrentLayer as RecurrentLayer
from rnnkit.layers._layer import of_cell as of_cell
from rnnkit.layers.arguments import KerasArguments as KerasArguments
from rnnkit.layers.arguments import LayerArguments as LayerArguments

register = keras.saving.register_keras_serializable(package="rnnkit")
