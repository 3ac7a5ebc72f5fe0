"""What the network learns from: the text, in batches of masked tokens, and sentences with a teacher's vectors."""
import numpy as np
import torch

PAD, UNK, CLS, SEP, MASK = range(5)


class Text:
    """Streams of token ids on the device, paragraphs ended by [SEP]; a batch is a gather, so the feed never waits.

    `stops` are the ids that end a sentence (. ! ? and [SEP]); `full_stop` replaces a paragraph's end within a row.
    """

    def __init__(self, names, stops, full_stop, vocab_size, device, seed):
        stream = np.concatenate([np.load(n) for n in names]).astype(np.int32)
        is_stop = np.zeros(vocab_size, bool)
        is_stop[stops] = True
        start = np.flatnonzero(is_stop[stream[:-1]]) + 1
        start = start[(stream[start] != SEP) & ~is_stop[stream[start]]]
        start = start[start < len(stream) - 1100]
        size = np.diff(start, append=start[-1] + 30)
        self.device, self.vocab_size, self.full_stop = device, vocab_size, full_stop
        self.stream = torch.from_numpy(stream).to(device)
        self.start = torch.from_numpy(start).to(device)
        self.sizes = np.arange(5, 61)
        self.by_size = {n: torch.from_numpy(start[size == n]).to(device) for n in self.sizes}
        weight = np.array([len(self.by_size[n]) * n for n in self.sizes], float)
        self.size_share = weight / weight.sum()
        self.reseed(seed)

    def reseed(self, seed):
        self.random = torch.Generator(device=self.device).manual_seed(seed)
        self.rng = np.random.default_rng(seed)

    def pick(self, from_, n):
        return from_[torch.randint(0, len(from_), (n,), device=self.device, generator=self.random)]

    def uniform(self, *shape):
        return torch.rand(*shape, device=self.device, generator=self.random)

    def spans(self, B, T):
        """B rows of T tokens from a sentence's start; one in five is a pair of segments, types 0 and 1."""
        at = self.pick(self.start, B)
        j = torch.arange(T, device=self.device).repeat(B, 1)
        wish = torch.randint(T // 6, T - T // 6, (B,), device=self.device, generator=self.random)
        cut = self.start[torch.searchsorted(self.start, at + wish)] - at  # the second segment's first token
        pair = (self.uniform(B) < 0.2) & (cut < T - 8)
        cut = torch.where(pair, cut, torch.full_like(cut, T))[:, None]
        ids = self.stream[at[:, None] + j - 1 - (j > cut).long()].long()
        ids[ids == SEP] = self.full_stop
        ids = torch.where(j == 0, CLS, ids)
        ids = torch.where((j == cut + 1) | (j == T - 1), SEP, ids)
        return ids, (j > cut + 1).long()

    def sentences(self, tokens):
        """About `tokens` tokens in whole sentences, all of one length."""
        n = int(self.rng.choice(self.sizes, p=self.size_share))
        B = max(1, tokens // (n + 2))
        ids = torch.empty(B, n + 2, dtype=torch.long, device=self.device)
        ids[:, 0], ids[:, -1] = CLS, SEP
        body = self.stream[self.pick(self.by_size[n], B)[:, None] + torch.arange(n, device=self.device)].long()
        body[body == SEP] = self.full_stop
        ids[:, 1:-1] = body
        return ids, torch.zeros_like(ids)

    def mask(self, ids, share):
        """BERT's masking: of `share` of the tokens 80 % become [MASK], 10 % any piece, 10 % stay (Devlin et al. 2019)."""
        r = self.uniform(ids.shape)
        chosen = (r < share) & (ids > MASK)
        other = torch.randint(5, self.vocab_size, ids.shape, device=self.device, generator=self.random)
        shown = torch.where(chosen & (r < 0.8 * share), MASK, ids)
        return torch.where(chosen & (r >= 0.9 * share), other, shown), chosen


def nearest(vectors, k):
    """Of each of N unit vectors the k most like it, itself among them: (N, k)."""
    half = vectors.to(torch.bfloat16)
    return torch.cat([(part @ half.T).topk(k, dim=1).indices for part in half.split(1024)])


class Teaching:
    """Sentences with a teacher's unit vectors, in batches of one length. The npz is teach.py's.

    Half of a batch is groups of sentences that the teacher finds alike: chance alone would show hardly any.
    """

    GROUP = 8

    def __init__(self, name, device, seed):
        stored = np.load(name)
        size = np.diff(stored["off"])
        self.device, self.rng = device, np.random.default_rng(seed)
        self.ids = torch.from_numpy(stored["ids"].astype(np.int32)).to(device)
        self.off = torch.from_numpy(stored["off"]).to(device)
        self.vec = torch.from_numpy(stored["vec"]).to(device)
        self.by_size = {n: np.flatnonzero(size == n) for n in range(3, 65) if (size == n).sum() >= 64}
        weight = np.array([len(v) for v in self.by_size.values()], float)
        self.sizes, self.size_share = list(self.by_size), weight / weight.sum()
        self.alike = {n: self.by_size[n][nearest(self.vec[torch.from_numpy(of).to(device)], self.GROUP).cpu().numpy()]
                      for n, of in self.by_size.items()}

    def batch(self, B):
        """ids (B, T) and vectors (B, D)."""
        n = int(self.rng.choice(self.sizes, p=self.size_share))
        groups = self.alike[n][self.rng.integers(len(self.alike[n]), size=B // 2 // self.GROUP)].ravel()
        others = self.rng.choice(self.by_size[n], B - len(groups))
        chosen = torch.from_numpy(np.concatenate([groups, others])).to(self.device)
        ids = torch.empty(B, n + 2, dtype=torch.long, device=self.device)
        ids[:, 0], ids[:, -1] = CLS, SEP
        ids[:, 1:-1] = self.ids[self.off[chosen][:, None] + torch.arange(n, device=self.device)]
        return ids, self.vec[chosen].float()
