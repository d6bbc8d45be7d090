"""A user's program with ten mistakes, each on a line that ends in `# mistake`, for type checkers; it is never run."""

import numpy as np

import rnnkit

rnnkit.PeepHoleLSTM(8)  # mistake
rnnkit.Elman(units=4)  # mistake
rnnkit.Elman(4, 1, retrun_sequences=True)  # mistake
rnnkit.GRU("eight")  # mistake
rnnkit.GRU(8, dropout="0.5")  # mistake
rnnkit.NARX(5, 1, output_delay=3)  # mistake
rnnkit.CFNCell(8, return_gates="yes")  # mistake
rnnkit.Hopfield(patterns=3)  # mistake
rnnkit.energy.Hopfeld()  # mistake
rnnkit.datasets.mackey_glas(100)  # mistake

right = rnnkit.GRU(8, "tanh", return_sequences=True, dropout=0.5, dtype="float64")
right(np.zeros((2, 3, 4)))
rnnkit.Elman(4, 1, fused=False, input_dim=None, activation="tanh").set_matrices(np.zeros((6, 4)), np.zeros((5, 1)))
rnnkit.JordanCell(4, 1, "tanh", decay=0.5, use_bias=False, name="jordan")
rnnkit.OutputFeedbackCell(4, 1, seed=1)
rnnkit.EchoState(units=50, output_units=1, leak=0.3, stateful=True)
rnnkit.DeepRNN([rnnkit.PeepholeLSTMCell(3)], "skip", return_state=True)
rnnkit.TeacherForcing(rnnkit.NARXCell(3, 1, 2, 2), feedback=0.5, return_sequences=True)
rnnkit.MemoryBlocks(2, block_size=3, bias="gates")
rnnkit.CTRNN(3, tau=[1.0, 2.0, 5.0], dt=0.5, trainable_tau=True)
rnnkit.Gate(return_gates=True, trainable=False)
