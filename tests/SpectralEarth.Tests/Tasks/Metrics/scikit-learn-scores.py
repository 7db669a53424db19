"""Makes scikit-learn-scores.json: small predictions with the scores that scikit-learn and numpy give them.

Run once with scikit-learn at hand (the file says which version):
    python3 scikit-learn-scores.py > scikit-learn-scores.json
"""
import json
import random
import sys
import warnings

import numpy as np
import sklearn
from sklearn import metrics as m

warnings.filterwarnings("ignore")
draw = np.random.default_rng(7)


def segmentation():
    # Class 4 is never predicted, class 5 predicted but absent, class 6 neither.
    truth = draw.choice(5, 400, p=[0.4, 0.3, 0.15, 0.1, 0.05])
    guess = np.where(draw.random(400) < 0.6, truth, draw.choice(6, 400))
    guess[guess == 4] = 0
    occurring = sorted(set(truth) | set(guess))
    each = lambda score, **kw: list(score(truth, guess, labels=range(7), average=None, zero_division=0, **kw))
    return {
        "classes": 7,
        "truth": truth.tolist(),
        "guess": guess.tolist(),
        "overall_accuracy": m.accuracy_score(truth, guess),
        "average_accuracy": m.recall_score(truth, guess, labels=sorted(set(truth)), average="macro"),
        "kappa": m.cohen_kappa_score(truth, guess),
        "macro_f1": m.f1_score(truth, guess, labels=occurring, average="macro", zero_division=0),
        "macro_f1_all_classes": m.f1_score(truth, guess, labels=range(7), average="macro", zero_division=0),
        "micro_f1": m.f1_score(truth, guess, average="micro"),
        "mean_iou": m.jaccard_score(truth, guess, labels=occurring, average="macro", zero_division=0),
        "mean_iou_all_classes": m.jaccard_score(truth, guess, labels=range(7), average="macro", zero_division=0),
        "micro_jaccard": m.jaccard_score(truth, guess, average="micro"),
        "precision": each(m.precision_score),
        "recall": each(m.recall_score),
        "f1": each(m.f1_score),
        "iou": each(m.jaccard_score),
    }


def multi_label():
    # Scores on a grid, so that many tie; class 4 is never present, class 3 always.
    truth = (draw.random((60, 5)) < [0.5, 0.3, 0.1, 2, -1]).astype(int)
    scores = np.round(np.clip(0.25 * truth + draw.normal(0.4, 0.2, truth.shape), 0, 1) * 20).astype(np.float32) / 20
    guess = (scores >= 0.5).astype(int)
    present = truth.any(0)
    return {
        "truth": truth.tolist(),
        "scores": scores.tolist(),
        "decision_accuracy": float((truth == guess).mean()),
        "subset_accuracy": m.accuracy_score(truth, guess),
        "micro_precision": m.precision_score(truth, guess, average="micro"),
        "micro_recall": m.recall_score(truth, guess, average="micro"),
        "micro_f1": m.f1_score(truth, guess, average="micro"),
        "micro_iou": m.jaccard_score(truth, guess, average="micro"),
        "micro_average_precision": m.average_precision_score(truth, scores, average="micro"),
        "macro_average_precision": m.average_precision_score(truth[:, present], scores[:, present], average="macro"),
        "macro_average_precision_all_classes": m.average_precision_score(truth, scores, average="macro"),
        "macro_f1_all_classes": m.f1_score(truth, guess, average="macro", zero_division=0),
        "average_precision": list(m.average_precision_score(truth, scores, average=None)),
    }


def regression():
    truth = draw.normal(0.3, 1.1, (50, 3))
    guess = 0.7 * truth + draw.normal(0, 0.5, truth.shape)
    return {
        "truth": truth.tolist(),
        "guess": guess.tolist(),
        "rmse": float(np.sqrt(m.mean_squared_error(truth, guess))),
        "mean_absolute_error": m.mean_absolute_error(truth, guess),
        "r2": m.r2_score(truth, guess),
        "error_ratio": float(np.mean(m.mean_squared_error(truth, guess, multioutput="raw_values") / np.mean(truth**2, axis=0))),
        "r2_per_target": list(m.r2_score(truth, guess, multioutput="raw_values")),
    }


def samples():
    """Python's random.Random(42).sample, by list and by set."""
    return [
        {"population": n, "count": k, "sample": random.Random(42).sample(range(n), k)}
        for n, k in [(20, 5), (100, 30), (1200, 12), (1360, 108), (8250, 10)]
    ]


json.dump(
    {
        "version": sklearn.__version__,
        "segmentation": segmentation(),
        "multi_label": multi_label(),
        "regression": regression(),
        "quantiles": {
            "values": (values := draw.normal(size=37).tolist()),
            "shares": (shares := [0.0, 0.025, 0.31, 0.5, 0.975, 1.0]),
            "quantiles": np.quantile(values, shares).tolist(),
        },
        "samples": samples(),
    },
    sys.stdout,
    separators=(",", ":"),
)
