# %% of="glimpse" name="column_before_row" loses=["check_glimpse"]
# Row and column are exchanged: a location's first number is the row, and belongs to the height.
def glimpse(image, l, size, scales):  # noqa: E741
    reach = 2**scales * size
    wide = np.pad(image, reach)
    crops = []
    for k in range(scales):
        side = size * 2**k
        left, top = np.floor((np.asarray(l) + 1) / 2 * np.array(image.shape)[::-1] - side / 2 + 0.5).astype(int) + reach
        part = wide[top : top + side, left : left + side]
        crops.append(part.reshape(size, 2**k, size, 2**k).mean(axis=(1, 3)))
    return np.array(crops)


# %% of="glimpse" name="begins_at_the_location" loses=["check_glimpse"]
# The crop begins at the location: by (2) the location is its centre, half of its width from the corner.
def glimpse(image, l, size, scales):  # noqa: E741
    reach = 2**scales * size
    wide = np.pad(image, reach)
    crops = []
    for k in range(scales):
        side = size * 2**k
        top, left = np.floor((np.asarray(l) + 1) / 2 * np.array(image.shape) + 0.5).astype(int) + reach
        part = wide[top : top + side, left : left + side]
        crops.append(part.reshape(size, 2**k, size, 2**k).mean(axis=(1, 3)))
    return np.array(crops)


# %% of="glimpse" name="every_other_pixel" loses=["check_glimpse"]
# The coarser crops take one pixel out of each square: by (3) they take the square's mean.
def glimpse(image, l, size, scales):  # noqa: E741
    reach = 2**scales * size
    wide = np.pad(image, reach)
    crops = []
    for k in range(scales):
        side = size * 2**k
        top, left = np.floor((np.asarray(l) + 1) / 2 * np.array(image.shape) - side / 2 + 0.5).astype(int) + reach
        crops.append(wide[top : top + side : 2**k, left : left + side : 2**k])
    return np.array(crops)


# %% of="glimpse" name="border_repeated" loses=["check_glimpse"]
# Outside of the image its border goes on: pixels there are 0.
def glimpse(image, l, size, scales):  # noqa: E741
    reach = 2**scales * size
    wide = np.pad(image, reach, mode="edge")
    crops = []
    for k in range(scales):
        side = size * 2**k
        top, left = np.floor((np.asarray(l) + 1) / 2 * np.array(image.shape) - side / 2 + 0.5).astype(int) + reach
        part = wide[top : top + side, left : left + side]
        crops.append(part.reshape(size, 2**k, size, 2**k).mean(axis=(1, 3)))
    return np.array(crops)


# %% of="draw_location" name="density_of_the_clipped" loses=["check_draw_location"]
# Log-density and slope are those of the location after it was drawn back to the border: (5) and (6) ask for what was drawn.
def draw_location(mu, sigma, rng):
    inside = np.clip(mu + sigma * rng.standard_normal(mu.shape), -1, 1)
    far = np.sum((inside - mu) ** 2, axis=1)
    return inside, -far / (2 * sigma**2) - 2 * np.log(sigma * np.sqrt(2 * np.pi)), (inside - mu) / sigma**2


# %% of="draw_location" name="one_constant_for_two" loses=["check_draw_location"]
# The constant of the density counts once: there are two coordinates, and each has its own.
def draw_location(mu, sigma, rng):
    tried = mu + sigma * rng.standard_normal(mu.shape)
    far = np.sum((tried - mu) ** 2, axis=1)
    return np.clip(tried, -1, 1), -far / (2 * sigma**2) - np.log(sigma * np.sqrt(2 * np.pi)), (tried - mu) / sigma**2


# %% of="draw_location" name="slope_by_the_location" loses=["check_draw_location"]
# This is the slope by the location: by the mean it has the other sign.
def draw_location(mu, sigma, rng):
    tried = mu + sigma * rng.standard_normal(mu.shape)
    far = np.sum((tried - mu) ** 2, axis=1)
    return (
        np.clip(tried, -1, 1),
        -far / (2 * sigma**2) - 2 * np.log(sigma * np.sqrt(2 * np.pi)),
        (mu - tried) / sigma**2,
    )


# %% of="draw_location" name="looks_outside" loses=["check_draw_location"]
# The network looks beyond the border: what is looked at stays between −1 and 1.
def draw_location(mu, sigma, rng):
    tried = mu + sigma * rng.standard_normal(mu.shape)
    far = np.sum((tried - mu) ** 2, axis=1)
    return tried, -far / (2 * sigma**2) - 2 * np.log(sigma * np.sqrt(2 * np.pi)), (tried - mu) / sigma**2


# %% of="policy_gradient" name="punishes_the_right" loses=["check_policy_gradient"]
# The sign is reversed: (8) is where the expected reward rises.
def policy_gradient(theta, chosen, rewards, baseline):
    odds_of = np.exp(theta - np.max(theta))
    share = odds_of / np.sum(odds_of)
    return np.mean((baseline - rewards)[:, None] * (np.eye(len(theta))[chosen] - share), axis=0)


# %% of="policy_gradient" name="without_the_probabilities" loses=["check_policy_gradient"]
# The probabilities are not taken away: a softmax's log-probability depends on all scores, not only on that of the place that was drawn.
def policy_gradient(theta, chosen, rewards, baseline):
    return np.mean((rewards - baseline)[:, None] * np.eye(len(theta))[chosen], axis=0)


# %% of="policy_gradient" name="sum_of_draws" loses=["check_policy_gradient"]
# The draws are added up: (8) is their mean.
def policy_gradient(theta, chosen, rewards, baseline):
    odds_of = np.exp(theta - np.max(theta))
    share = odds_of / np.sum(odds_of)
    return np.sum((rewards - baseline)[:, None] * (np.eye(len(theta))[chosen] - share), axis=0)


# %% of="policy_gradient" name="scores_overflow" loses=["check_policy_gradient"]
# Large scores overflow: take the largest away from all of them first.
def policy_gradient(theta, chosen, rewards, baseline):
    with np.errstate(all="ignore"):
        share = np.exp(theta) / np.sum(np.exp(theta))
        return np.mean((rewards - baseline)[:, None] * (np.eye(len(theta))[chosen] - share), axis=0)


# %% of="estimate_variance" name="mean_square_alone" loses=["check_estimate_variance"]
# This is the mean square: (9) takes the square of the mean away.
def estimate_variance(theta, rewards, baseline):
    share = np.exp(theta - np.max(theta)) / np.sum(np.exp(theta - np.max(theta)))
    long = np.sum((np.eye(len(theta)) - share) ** 2, axis=1)
    return np.sum(share * (rewards - baseline) ** 2 * long), np.sum(share * rewards * long) / np.sum(share * long)


# %% of="estimate_variance" name="best_is_the_mean" loses=["check_estimate_variance"]
# The baseline is the mean reward: a good one, but (10) weights each reward with the squared length of its slope.
def estimate_variance(theta, rewards, baseline):
    share = np.exp(theta - np.max(theta)) / np.sum(np.exp(theta - np.max(theta)))
    away = np.eye(len(theta)) - share
    middle = (share * rewards) @ away
    spread = np.sum(share * (rewards - baseline) ** 2 * np.sum(away**2, axis=1)) - np.sum(middle**2)
    return spread, np.sum(share * rewards)


# %% of="estimate_variance" name="all_places_alike" loses=["check_estimate_variance"]
# All places count alike: each counts by its probability.
def estimate_variance(theta, rewards, baseline):
    share = np.exp(theta - np.max(theta)) / np.sum(np.exp(theta - np.max(theta)))
    away = np.eye(len(theta)) - share
    long = np.sum(away**2, axis=1)
    spread = np.mean((rewards - baseline) ** 2 * long) - np.sum(np.mean(rewards[:, None] * away, axis=0) ** 2)
    return spread, np.mean(rewards * long) / np.mean(long)


# %% of="hybrid_loss" name="reward_minimized" loses=["check_hybrid_loss"]
# The policy's part has the wrong sign: the loss is minimized, and would make likely what was not rewarded.
def hybrid_loss(p, labels, log_policy, baselines, w):
    n = len(labels)
    better = (np.argmax(p, axis=1) == labels)[:, None] - baselines
    surprise = -np.mean(np.log(p[np.arange(n), labels]))
    total = surprise + w * np.sum(better * log_policy) / n + np.sum(better**2) / n
    return total, w * better / n, -2 * better / n


# %% of="hybrid_loss" name="baseline_learns_from_the_policy" loses=["check_hybrid_loss"]
# The baseline is also taught by the policy's part: there the advantage is a constant.
def hybrid_loss(p, labels, log_policy, baselines, w):
    n = len(labels)
    better = (np.argmax(p, axis=1) == labels)[:, None] - baselines
    surprise = -np.mean(np.log(p[np.arange(n), labels]))
    total = surprise - w * np.sum(better * log_policy) / n + np.sum(better**2) / n
    return total, -w * better / n, (w * log_policy - 2 * better) / n


# %% of="hybrid_loss" name="mean_over_steps" loses=["check_hybrid_loss"]
# The steps are averaged: by (12) they are added up, and the mean is over images only.
def hybrid_loss(p, labels, log_policy, baselines, w):
    n = baselines.size
    better = (np.argmax(p, axis=1) == labels)[:, None] - baselines
    surprise = -np.mean(np.log(p[np.arange(len(labels)), labels]))
    total = surprise - w * np.sum(better * log_policy) / n + np.sum(better**2) / n
    return total, -w * better / n, -2 * better / n


# %% of="hybrid_loss" name="reward_is_the_probability" loses=["check_hybrid_loss"]
# The reward is the right class's probability: by (11) it is 1 or 0, whether the likeliest class is the right one.
def hybrid_loss(p, labels, log_policy, baselines, w):
    n = len(labels)
    better = p[np.arange(n), labels][:, None] - baselines
    surprise = -np.mean(np.log(p[np.arange(n), labels]))
    total = surprise - w * np.sum(better * log_policy) / n + np.sum(better**2) / n
    return total, -w * better / n, -2 * better / n
