"""Writes expected.json: random judgements with scikit-learn's figures for them (python expected.py, scikit-learn 1.9)."""

import json
import pathlib

import numpy as np
from sklearn import metrics

CLASSES = 3
random = np.random.default_rng(7)
labels = random.integers(0, CLASSES, 120)
logits = random.normal(size=(120, CLASSES)) + 1.2 * np.eye(CLASSES)[labels]
# Some ties: the area under the curve must count them half.
logits[::7] = np.round(logits[::7])
p = np.exp(logits)
p = (p / p.sum(1, keepdims=True)).astype(np.float32)
predicted = p.argmax(1)
one_hot = np.eye(CLASSES)[labels]
losses = [metrics.log_loss(one_hot[labels == c], p[labels == c].astype(float)) for c in range(CLASSES)]
expected = {
    "labels": labels.tolist(),
    "probabilities": [[float(v) for v in row] for row in p],
    "confusion": metrics.confusion_matrix(labels, predicted).tolist(),
    "accuracy": metrics.accuracy_score(labels, predicted),
    "balanced_accuracy": metrics.balanced_accuracy_score(labels, predicted),
    "recall": metrics.recall_score(labels, predicted, average=None).tolist(),
    "precision": metrics.precision_score(labels, predicted, average=None).tolist(),
    "area": [metrics.roc_auc_score(labels == c, p[:, c]) for c in range(CLASSES)],
    "balanced_log_loss": float(np.mean(losses)),
}
path = pathlib.Path(__file__).with_name("expected.json")
path.write_text(json.dumps(expected) + "\n")
