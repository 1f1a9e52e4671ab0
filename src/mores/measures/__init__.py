"""Measures: numbers from numbers.

Arrays go in, arrays and frozen records come out; nothing else of the package is imported, so that a
measure can be used alone. Missing values are NaN everywhere and are never imputed: a measure leaves
them out and says over how many values it speaks, or bounds what they could have been. What cannot
be computed (a ratio 0/0, an interval of nothing) is NaN, not 0. Wrong input raises `ValueError`,
which names the value, what is allowed and the remedy. Seeds are integers or NumPy generators.

================= ==================================================================================
module            topic
================= ==================================================================================
`alignment`       scores to signs, distances between value and action, chance reference, bounds
`agreement`       confusion counts and F1, accuracy, Cohen's kappa
`resampling`      bootstrap over clusters, two-way bootstrap, percentile intervals
`comparison`      paired and unpaired tests, effect sizes, Benjamini–Hochberg
`proportions`     Wilson intervals, chi-square against uniform, total variation
`shares`          weighted option shares with design-based errors, averages over groups
`ordinal`         distances of distributions over ordered and nominal options, moments
`gaps`            how far answers lie from humans, as points and distributions; semantic scores
`scales`          checks of distributions over options, positions on a scale
`split_half`      how far random halves of a group of respondents are apart
`tilting`         spreading a distribution while its mean stays, temperature scaling
`mixtures`        mixtures of many personas' tilted distributions, by group and question
`temperature`     the temperature that fits all other questions best
`shapley`         Shapley values, exact and sampled
`stability`       repeats of one cell: equality, spread, sign flips, Krippendorff's alpha
`text_cues`       whether a side can be told from length, tone or words
`text_similarity` word vectors, latent meanings (LSA), closest pairs
`overlap`         words shared by two texts, rank correlation with clusters
`correlation`     weighted pairwise-complete means, standard deviations, correlations
`rotation`        varimax with Kaiser normalisation
`culture_map`     the Inglehart–Welzel map: fit, scores with missing indicators, scale
`group_positions` mean positions of groups, their bootstrap
`ellipse`         confidence ellipses from bootstrap draws
`composition`     how far a sample's composition is from a population's
`readings`        readings of texts against what they were to say; detection of planted faults
`moral_foundations` scores on moral foundations, reliability, profiles inferred from a matrix
`variance_decomposition` shares of variance that the variables of a factorial explain
`dummy_regression` regression on factors, for many weightings at once
`factorial`       tables of levels and of weights, checked
`ratio`           division in which 0/0 is undefined
`ties`            what differs by rounding only is equal
`results`         the records that measures return
================= ==================================================================================
"""
