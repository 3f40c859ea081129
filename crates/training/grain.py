"""How far the grain of the picture, and not a lesion, tells drenet's two diseases apart (weights/README.md).

    python crates/training/grain.py ../shared/data runs/split.json LUNGSIGHT WEIGHTS...

Prints what one number of noise tells of drenet's patients, and then, for each weights folder, how many of its COVID-19 and
pneumonia slices (one a patient, none of the test part) the program LUNGSIGHT (`lungsight diagnose`) calls COVID-19 rather than
pneumonia as they are, blurred, and with noise. Wants numpy, scipy and pillow.
"""

import collections
import csv
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image
from scipy.ndimage import binary_erosion, gaussian_filter, laplace

# drenet's slices come masked: what is darker than this is outside.
OUTSIDE = 12
RANDOM = np.random.default_rng(5)


def read(path):
    return np.array(Image.open(path).convert("L")).astype(float)


def grain(image):
    """The median absolute Laplacian in the darker half of the lungs, away from their edge; None where they are small."""
    lungs = binary_erosion(image > OUTSIDE, iterations=4)
    if lungs.sum() < 2000:
        return None
    dark = lungs & (image < np.median(image[lungs]))
    return np.median(np.abs(laplace(image))[dark])


def within_lungs(image, changed):
    return np.where(image > OUTSIDE, np.clip(changed, OUTSIDE + 1, 255), 0)


def blurred(image, deviation):
    lungs = (image > OUTSIDE).astype(float)
    soft = gaussian_filter(image * lungs, deviation)
    return within_lungs(image, soft / np.maximum(gaussian_filter(lungs, deviation), 1e-3))


def noisy(image, deviation):
    noise = gaussian_filter(RANDOM.normal(size=image.shape), 0.6)
    return within_lungs(image, image + deviation * noise / noise.std())


CHANGES = {
    "as it is": lambda image: image,
    "blurred by 1": lambda image: blurred(image, 1),
    "blurred by 2": lambda image: blurred(image, 2),
    "blurred by 3": lambda image: blurred(image, 3),
    "noise 10": lambda image: noisy(image, 10),
    "noise 20": lambda image: noisy(image, 20),
    "noise 35": lambda image: noisy(image, 35),
    "blurred by 2, noise 20": lambda image: noisy(blurred(image, 2), 20),
}


def area_under_curve(higher, lower):
    higher, lower = np.array(higher)[:, None], np.array(lower)
    return (higher > lower).mean() + (higher == lower).mean() / 2


def called_covid(program, weights, folder):
    """Of each label, the share of slices that are called COVID-19 rather than pneumonia."""
    command = [program, "diagnose", "--json", "--device", "cpu", "--weights", weights, folder]
    told = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    calls = collections.defaultdict(list)
    for told_of in told["slices"]:
        # Without lungs, once changed, there are none.
        if (p := told_of.get("probabilities")) is not None:
            label = pathlib.Path(told_of["name"]).name.split("-")[0]
            calls[label].append(p["covid"] > p["pneumonia"])
    return "  ".join(f"{label} {np.mean(of):4.0%} of {len(of)}" for label, of in sorted(calls.items()))


def main(data, split, program, *weights):
    data = pathlib.Path(data)
    parts = json.load(open(split))["patients"]
    patients = collections.defaultdict(list)
    for row in csv.DictReader(open(data / "slices.csv")):
        if row["source"] == "drenet":
            patients[row["label"], row["patient"]].append(data / row["path"])
    grains = collections.defaultdict(list)
    for (label, _), paths in patients.items():
        of_slices = [g for g in map(grain, map(read, paths)) if g is not None]
        if of_slices:
            grains[label].append(np.median(of_slices))
    for label, of in grains.items():
        print(label, len(of), "patients, grain (10th, 50th, 90th percentile)", np.percentile(of, [10, 50, 90]))
    print(f"area under the curve: {area_under_curve(grains['pneumonia'], grains['covid']):.3f}")

    random.seed(5)
    chosen = [(label, random.choice(paths)) for (label, patient), paths in sorted(patients.items()) if parts[patient] != "test"]
    with tempfile.TemporaryDirectory() as folder:
        for name, change in CHANGES.items():
            changed = pathlib.Path(folder) / name
            changed.mkdir()
            for number, (label, path) in enumerate(chosen):
                picture = change(read(path)).round().astype(np.uint8)
                Image.fromarray(picture).save(changed / f"{label}-{number}.png")
        for of in weights:
            print(of)
            for name in CHANGES:
                print(f"  {name:24}", called_covid(program, of, pathlib.Path(folder) / name))


if __name__ == "__main__":
    main(*sys.argv[1:])
