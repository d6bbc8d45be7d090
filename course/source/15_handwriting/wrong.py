# %% of="strokes" name="absolute_first_point" loses=["check_strokes"]
# The first offset is the first point itself: it has no predecessor, and its offset is 0.
def to_strokes(points, lifted, scale):
    return np.column_stack([np.diff(points, axis=0, prepend=np.zeros((1, 2))) / scale, lifted])


def to_points(strokes, scale):
    return np.cumsum(strokes[:, :2] * scale, axis=0)


# %% of="strokes" name="places_instead_of_offsets" loses=["check_strokes"]
# These are places seen from the first point: an offset is the way from the point before, not from the beginning.
def to_strokes(points, lifted, scale):
    return np.column_stack([(points - points[:1]) / scale, lifted])


def to_points(strokes, scale):
    return strokes[:, :2] * scale


# %% of="strokes" name="own_standard_deviation" loses=["check_strokes"]
# The offsets are divided by their own standard deviation: use the one that is given, so that all texts have the same units.
def to_strokes(points, lifted, scale):
    offsets = np.diff(points, axis=0, prepend=points[:1])
    return np.column_stack([offsets / offsets.std(axis=0), lifted])


def to_points(strokes, scale):
    return np.cumsum(strokes[:, :2] * scale, axis=0)


# %% of="strokes" name="sum_over_x_and_y" loses=["check_strokes"]
# The sum on the way back runs over x and y: it has to run over the points.
def to_strokes(points, lifted, scale):
    return np.column_stack([np.diff(points, axis=0, prepend=points[:1]) / scale, lifted])


def to_points(strokes, scale):
    return np.cumsum(strokes[:, :2] * scale, axis=1)


# %% of="parameters" name="widths_without_exp" loses=["check_parameters"]
# The widths are taken as they come, and may be negative: by (4) they are exponentials.
def parameters(y_hat, bias=0.0):
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = (y_hat[:, 1 + k * m : 1 + (k + 1) * m] for k in range(6))
    pi = np.exp((1 + bias) * (pi_hat - pi_hat.max(axis=1, keepdims=True)))
    mu, sigma = np.stack([mu_1, mu_2], axis=1), np.stack([sigma_1, sigma_2], axis=1) * np.exp(-bias)
    return 1 / (1 + np.exp(-y_hat[:, 0])), pi / pi.sum(axis=1, keepdims=True), mu, sigma, np.tanh(rho_hat)


# %% of="parameters" name="shares_over_time" loses=["check_parameters"]
# The shares have the sum 1 over the time steps: the softmax belongs over the components of each step.
def parameters(y_hat, bias=0.0):
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = (y_hat[:, 1 + k * m : 1 + (k + 1) * m] for k in range(6))
    pi = np.exp((1 + bias) * (pi_hat - pi_hat.max(axis=0)))
    mu, sigma = np.stack([mu_1, mu_2], axis=1), np.exp(np.stack([sigma_1, sigma_2], axis=1) - bias)
    return 1 / (1 + np.exp(-y_hat[:, 0])), pi / pi.sum(axis=0), mu, sigma, np.tanh(rho_hat)


# %% of="parameters" name="bias_on_the_widths_alone" loses=["check_parameters"]
# The bias makes the components narrow, but not the likely ones likelier: it stands in (2) as well as in (4).
def parameters(y_hat, bias=0.0):
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = (y_hat[:, 1 + k * m : 1 + (k + 1) * m] for k in range(6))
    pi = np.exp(pi_hat - pi_hat.max(axis=1, keepdims=True))
    mu, sigma = np.stack([mu_1, mu_2], axis=1), np.exp(np.stack([sigma_1, sigma_2], axis=1) - bias)
    return 1 / (1 + np.exp(-y_hat[:, 0])), pi / pi.sum(axis=1, keepdims=True), mu, sigma, np.tanh(rho_hat)


# %% of="parameters" name="overflowing_shares" loses=["check_parameters"]
# Exponentials of numbers like 1,000 are infinite: take the largest of a step away from all of its exponents.
def parameters(y_hat, bias=0.0):
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = (y_hat[:, 1 + k * m : 1 + (k + 1) * m] for k in range(6))
    mu, sigma = np.stack([mu_1, mu_2], axis=1), np.exp(np.stack([sigma_1, sigma_2], axis=1) - bias)
    with np.errstate(all="ignore"):
        pi = np.exp((1 + bias) * pi_hat)
        pi = pi / pi.sum(axis=1, keepdims=True)
    return 1 / (1 + np.exp(-y_hat[:, 0])), pi, mu, sigma, np.tanh(rho_hat)


# %% of="parameters" name="pairs_side_by_side" loses=["check_parameters"]
# The six blocks have been read as M groups of six: all shares come first, then all first middles, and so on.
def parameters(y_hat, bias=0.0):
    m = (y_hat.shape[1] - 1) // 6
    pi_hat, mu_1, mu_2, sigma_1, sigma_2, rho_hat = np.moveaxis(y_hat[:, 1:].reshape(-1, m, 6), 2, 0)
    pi = np.exp((1 + bias) * (pi_hat - pi_hat.max(axis=1, keepdims=True)))
    mu, sigma = np.stack([mu_1, mu_2], axis=1), np.exp(np.stack([sigma_1, sigma_2], axis=1) - bias)
    return 1 / (1 + np.exp(-y_hat[:, 0])), pi / pi.sum(axis=1, keepdims=True), mu, sigma, np.tanh(rho_hat)


# %% of="log_normals" name="variance_for_width" loses=["check_log_normals"]
# σ has been taken for a variance: in (6) and (8) it is the width itself, without a root or a half.
def log_normals(x, mu, sigma, rho):
    u, v = np.moveaxis((x[:, :, None] - mu) / np.sqrt(sigma), 1, 0)
    d = (u - rho * v) ** 2 / (1 - rho**2) + v**2
    return -np.log(2 * np.pi) - np.log(sigma).sum(axis=1) / 2 - np.log(1 - rho**2) / 2 - d / 2


# %% of="log_normals" name="root_left_out" loses=["check_log_normals"]
# The logarithm of 1 − ρ² counts in full: in (8) it is halved, since the density has its root.
def log_normals(x, mu, sigma, rho):
    u, v = np.moveaxis((x[:, :, None] - mu) / sigma, 1, 0)
    d = (u - rho * v) ** 2 / (1 - rho**2) + v**2
    return -np.log(2 * np.pi) - np.log(sigma).sum(axis=1) - np.log(1 - rho**2) - d / 2


# %% of="log_normals" name="correlation_reversed" loses=["check_log_normals"]
# The normal leans to the other side: in (7) ρ v is taken away from u.
def log_normals(x, mu, sigma, rho):
    u, v = np.moveaxis((x[:, :, None] - mu) / sigma, 1, 0)
    d = (u + rho * v) ** 2 / (1 - rho**2) + v**2
    return -np.log(2 * np.pi) - np.log(sigma).sum(axis=1) - np.log(1 - rho**2) / 2 - d / 2


# %% of="log_normals" name="logarithm_of_a_zero" loses=["check_log_normals"]
# Far away the density is 0 before its logarithm is taken: write the logarithm's terms from the start.
def log_normals(x, mu, sigma, rho):
    u, v = np.moveaxis((x[:, :, None] - mu) / sigma, 1, 0)
    d = (u - rho * v) ** 2 / (1 - rho**2) + v**2
    with np.errstate(all="ignore"):
        return np.log(np.exp(-d / 2) / (2 * np.pi * sigma.prod(axis=1) * np.sqrt(1 - rho**2)))


# %% of="log_normals" name="one_dimension" loses=["check_log_normals"]
# Each coordinate has been given a normal of its own, so the correlation is lost: (7) looks at u and v together.
def log_normals(x, mu, sigma, rho):
    u, v = np.moveaxis((x[:, :, None] - mu) / sigma, 1, 0)
    return -np.log(2 * np.pi) - np.log(sigma).sum(axis=1) - (u**2 + v**2) / 2


# %% of="log_density" name="sum_of_logarithms" loses=["check_log_density"]
# The logarithms are added up, which multiplies the components: (9) has the logarithm of a sum.
def log_density(log_pi, log_n, e, lifted):
    return (log_pi + log_n).sum(axis=1) + lifted * np.log(e) + (1 - lifted) * np.log(1 - e)


# %% of="log_density" name="underflowing_sum" loses=["check_log_density"]
# All exponentials are 0 for an unlikely point, and the logarithm is not finite: take out the largest exponent first.
def log_density(log_pi, log_n, e, lifted):
    with np.errstate(all="ignore"):
        plane = np.log(np.exp(log_pi + log_n).sum(axis=1))
    return plane + lifted * np.log(e) + (1 - lifted) * np.log(1 - e)


# %% of="log_density" name="one_largest_for_all" loses=["check_log_density"]
# One number is taken away from the exponents of all points, and those of unlikely points still underflow: each has its own.
def log_density(log_pi, log_n, e, lifted):
    exponents = log_pi + log_n
    with np.errstate(all="ignore"):
        plane = exponents.max() + np.log(np.exp(exponents - exponents.max()).sum(axis=1))
    return plane + lifted * np.log(e) + (1 - lifted) * np.log(1 - e)


# %% of="log_density" name="coin_reversed" loses=["check_log_density"]
# The coin is the wrong way round: e is the probability that the pen is lifted, which is where the mark is 1.
def log_density(log_pi, log_n, e, lifted):
    exponents = log_pi + log_n
    largest = exponents.max(axis=1)
    plane = largest + np.log(np.exp(exponents - largest[:, None]).sum(axis=1))
    return plane + lifted * np.log(1 - e) + (1 - lifted) * np.log(e)


# %% of="log_density" name="best_component_alone" loses=["check_log_density"]
# Only the likeliest component counts: (9) adds up all of them.
def log_density(log_pi, log_n, e, lifted):
    return (log_pi + log_n).max(axis=1) + lifted * np.log(e) + (1 - lifted) * np.log(1 - e)


# %% of="look" name="window_that_stands" loses=["check_look"]
# κ begins anew at each step: by (W3) the exponential is added to the κ of the step before.
def look(hats, kappa, codes):
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    kappa = np.exp(kappa_hat)
    u = np.arange(1, len(codes) + 1)
    phi = (np.exp(alpha_hat)[:, None] * np.exp(-np.exp(beta_hat)[:, None] * (kappa[:, None] - u) ** 2)).sum(axis=0)
    return phi @ codes, kappa, phi


# %% of="look" name="goes_back" loses=["check_look"]
# κ̂ is added as it is, so that the window may go back: by (W3) its exponential is added.
def look(hats, kappa, codes):
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    kappa = kappa + kappa_hat
    u = np.arange(1, len(codes) + 1)
    phi = (np.exp(alpha_hat)[:, None] * np.exp(-np.exp(beta_hat)[:, None] * (kappa[:, None] - u) ** 2)).sum(axis=0)
    return phi @ codes, kappa, phi


# %% of="look" name="places_from_zero" loses=["check_look"]
# The places of the text are counted from 0: in (W4) the first character is at 1.
def look(hats, kappa, codes):
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    kappa = kappa + np.exp(kappa_hat)
    u = np.arange(len(codes))
    phi = (np.exp(alpha_hat)[:, None] * np.exp(-np.exp(beta_hat)[:, None] * (kappa[:, None] - u) ** 2)).sum(axis=0)
    return phi @ codes, kappa, phi


# %% of="look" name="normalised_window" loses=["check_look"]
# The window has been divided by its sum: φ is no probability, and what it lets through may be any amount.
def look(hats, kappa, codes):
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    kappa = kappa + np.exp(kappa_hat)
    u = np.arange(1, len(codes) + 1)
    phi = (np.exp(alpha_hat)[:, None] * np.exp(-np.exp(beta_hat)[:, None] * (kappa[:, None] - u) ** 2)).sum(axis=0)
    phi = phi / phi.sum()
    return phi @ codes, kappa, phi


# %% of="look" name="kappa_in_place" loses=["check_look"]
# The κ that was handed in is overwritten: make a new array, for the step before is still needed.
def look(hats, kappa, codes):
    alpha_hat, beta_hat, kappa_hat = np.split(hats, 3)
    kappa += np.exp(kappa_hat)
    u = np.arange(1, len(codes) + 1)
    phi = (np.exp(alpha_hat)[:, None] * np.exp(-np.exp(beta_hat)[:, None] * (kappa[:, None] - u) ** 2)).sum(axis=0)
    return phi @ codes, kappa, phi


# %% of="draw" name="always_the_likeliest" loses=["check_draw"]
# The likeliest component is taken every time: it has to be drawn, each with the probability of its share.
def draw(e, pi, mu, sigma, rho, rng):
    rows, chosen = np.arange(len(e)), pi.argmax(axis=1)
    mu, sigma, rho = mu[rows, :, chosen], sigma[rows, :, chosen], rho[rows, chosen]
    z_1, z_2 = rng.normal(size=(2, len(e)))
    x_2 = mu[:, 1] + sigma[:, 1] * (rho * z_1 + np.sqrt(1 - rho**2) * z_2)
    return np.column_stack([mu[:, 0] + sigma[:, 0] * z_1, x_2, rng.random(len(e)) < e])


# %% of="draw" name="mean_of_the_components" loses=["check_draw"]
# Middles, widths and correlations are averaged by the shares: a point comes from one component, not from their mean.
def draw(e, pi, mu, sigma, rho, rng):
    mu, sigma, rho = (mu * pi[:, None]).sum(axis=2), (sigma * pi[:, None]).sum(axis=2), (rho * pi).sum(axis=1)
    z_1, z_2 = rng.normal(size=(2, len(e)))
    x_2 = mu[:, 1] + sigma[:, 1] * (rho * z_1 + np.sqrt(1 - rho**2) * z_2)
    return np.column_stack([mu[:, 0] + sigma[:, 0] * z_1, x_2, rng.random(len(e)) < e])


# %% of="draw" name="no_correlation" loses=["check_draw"]
# Both coordinates are drawn independently: the first one's random number goes into the second one too, by ρ.
def draw(e, pi, mu, sigma, rho, rng):
    rows = np.arange(len(e))
    chosen = np.minimum((pi.cumsum(axis=1) < rng.random(len(e))[:, None]).sum(axis=1), pi.shape[1] - 1)
    x = mu[rows, :, chosen] + sigma[rows, :, chosen] * rng.normal(size=(len(e), 2))
    return np.column_stack([x, rng.random(len(e)) < e])


# %% of="draw" name="one_component_for_all" loses=["check_draw"]
# One component has been drawn for all rows: each density has its own shares, and its own draw.
def draw(e, pi, mu, sigma, rho, rng):
    chosen = rng.choice(pi.shape[1], p=pi[0])
    mu, sigma, rho = mu[:, :, chosen], sigma[:, :, chosen], rho[:, chosen]
    z_1, z_2 = rng.normal(size=(2, len(e)))
    x_2 = mu[:, 1] + sigma[:, 1] * (rho * z_1 + np.sqrt(1 - rho**2) * z_2)
    return np.column_stack([mu[:, 0] + sigma[:, 0] * z_1, x_2, rng.random(len(e)) < e])


# %% of="draw" name="coin_thrown_at_a_half" loses=["check_draw"]
# The pen is lifted where e is above a half: the coin has to be thrown, and comes up with probability e.
def draw(e, pi, mu, sigma, rho, rng):
    rows = np.arange(len(e))
    chosen = np.minimum((pi.cumsum(axis=1) < rng.random(len(e))[:, None]).sum(axis=1), pi.shape[1] - 1)
    mu, sigma, rho = mu[rows, :, chosen], sigma[rows, :, chosen], rho[rows, chosen]
    z_1, z_2 = rng.normal(size=(2, len(e)))
    x_2 = mu[:, 1] + sigma[:, 1] * (rho * z_1 + np.sqrt(1 - rho**2) * z_2)
    return np.column_stack([mu[:, 0] + sigma[:, 0] * z_1, x_2, e > 0.5])
