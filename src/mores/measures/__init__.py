"""Measures: numbers from numbers.

Arrays go in, arrays and frozen records come out; nothing else of the package is imported, so that a
measure can be used alone. Missing values are NaN everywhere and are never imputed: a measure leaves
them out and says over how many values it speaks, or bounds what they could have been. What cannot
be computed (a ratio 0/0, an interval of nothing) is NaN, not 0. Wrong input raises `ValueError`,
which names the value, what is allowed and the remedy. Seeds are integers or NumPy generators.

============== =====================================================================================
module         topic
============== =====================================================================================
`alignment`    scores to signs, distances between value and action, chance reference, bounds
`agreement`    confusion counts and F1, accuracy, Cohen's kappa
`resampling`   bootstrap over clusters, two-way bootstrap, percentile intervals
`comparison`   paired and unpaired tests, effect sizes, Benjamini–Hochberg
`proportions`  Wilson intervals, chi-square against uniform, total variation
`stability`    repeats of one cell: equality, spread, sign flips, Krippendorff's alpha
`overlap`      words shared by two texts, rank correlation with clusters
`ratio`        division in which 0/0 is undefined
`ties`         what differs by rounding only is equal
`results`      the records that measures return
============== =====================================================================================
"""
