"""What the numbered equations need to be told apart from: each exception with its reason. Keep it short."""

L, E = "rnnkit.layers", "rnnkit.energy"

# Lines that stand in another file than the docstring: "file:function", or the beginning of it.
ELSEWHERE = {
    "rnnkit.applications.ntm.NTMCell": ("rnnkit.applications._ntm_addressing:",),
    "rnnkit.training.rtrl.RTRLTrainer": ("rnnkit.training._forward:",),
}

# A second, faster or more general form of equations ("file:function", or the beginning of it), and whose they are.
REPEATS = {
    f"{L}._lstm_variants:varied_step": f"{L}.peephole_lstm.PeepholeLSTMCell",
    f"{L}.fused.lstm:": f"{L}.peephole_lstm.PeepholeLSTMCell",
    f"{L}.fused.rnn:JordanPasses": f"{L}.jordan.JordanCell",
    f"{L}.fused.rnn:FeedbackPasses": f"{L}.output_feedback.OutputFeedbackCell",
    f"{L}.fused.blocks:": f"{L}.memory_blocks.MemoryBlocksCell",
    f"{L}.fused.ctrnn:": f"{L}.ctrnn.CTRNNCell",
    f"{L}.fused.gated:GRUPasses": f"{L}.gru.GRUCell",
    f"{L}.fused.gated:CFNPasses": f"{L}.cfn.CFNCell",
}

# (docstring, number): how many lines of code it has other than one, and why.
LINES = {
    (f"{E}.hubbard_stratonovich.hubbard_stratonovich", 1): (0, "an identity, which (2) is read with"),
    (f"{E}.units", 1): (3, "ℓ has a closed form for each kind of unit"),
    ("rnnkit.reservoirs.lsm.LiquidStateMachine", 1): (0, "the differential equations, which (2) and (3) solve exactly"),
    ("rnnkit.reservoirs.readout.ridge", 1): (0, "the problem that (2) and (3) solve"),
    ("rnnkit.reservoirs.matrices.with_spectral_radius", 2): (0, "the problem that (3) solves"),
    ("rnnkit.training.ekf.EKFTrainer", 5): (0, "computed as (6)"),
}

# Lines that stand in another order than in the docstring, and why.
ORDER = {
    "rnnkit.applications.ntm.NTMCell": "the heads' equations (3)-(8) stand in a file of their own",
    "rnnkit.optimizers.rprop.Rprop": "the lecture's order; the step (30), (31) is taken in (29)",
}

# Terms that make no difference ("file:function", equation, term), and why.
EQUIVALENT = {
    (f"{E}.partition:_log_p", 1, "1"): "a⁰ᵀv, the same at all temperatures, so that it is not in the differences (3)",
    ("rnnkit.reservoirs.readout:ridge", 2, "d_mean"): "X has no means left, so that its product with a constant is 0",
}

# What has no oracle, and why.
WITHOUT_ORACLE: dict[str, str] = {}
