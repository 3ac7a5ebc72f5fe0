"""save.py CK.pt VOCAB.txt FOLDER: a checkpoint of fit.py as a Hugging Face / sentence-transformers folder, float16."""
import sys

import torch

from network import save

if __name__ == "__main__":
    checkpoint = torch.load(sys.argv[1], map_location="cpu")
    save(checkpoint["net"], checkpoint["sizes"], sys.argv[2], sys.argv[3])
