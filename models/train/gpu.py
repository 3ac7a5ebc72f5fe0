"""gpu.py INBOX OUT.pt --until SECONDS: fit.py's task on one GPU, against the clock.

The text comes while it runs: tokens*.npy (encode.py) and teach*.npz (teach_gpu.py) that appear in INBOX are
taken up. The rate rises, stays, and falls linearly to zero over the last --decay of the time, so that the
schedule ends when the machine does. No step waits for the host: each row has as many masked tokens as the
next, all that is drawn is drawn on the device, and Muon takes all matrices of one shape at once.
"""
import argparse
import glob
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from network import Bert, Layer

CLS, SEP, MASK = 2, 3, 4
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def drawn(low, high, *shape):
    return torch.randint(low, high, shape, device=DEVICE)


class Buckets:
    """Items sorted by size, for batches of one size: `items[first[n] : first[n + 1]]` have size n."""

    def __init__(self, items, sizes, smallest, largest, least):
        order = torch.argsort(sizes)
        self.items = items[order]
        edges = torch.searchsorted(sizes[order], torch.arange(largest + 2, device=DEVICE)).tolist()
        self.range = {n: (edges[n], edges[n + 1]) for n in range(smallest, largest + 1)
                      if edges[n + 1] - edges[n] >= least}
        weight = np.array([n * (b - a) for n, (a, b) in self.range.items()], float)
        self.sizes, self.share = list(self.range), weight / weight.sum()

    def size(self, rng):
        return int(rng.choice(self.sizes, p=self.share))

    def pick(self, n, B):
        return self.items[drawn(*self.range[n], B)]


class Text:
    """One stream of token ids on the device, paragraphs ended by [SEP]."""

    def __init__(self, parts, at, vocab_size):
        self.stream = torch.from_numpy(np.concatenate(parts).astype(np.int32)).to(DEVICE)
        self.full_stop, self.vocab_size = at["."], vocab_size
        stop = torch.zeros(vocab_size, dtype=torch.bool, device=DEVICE)
        stop[[at["."], at["!"], at["?"], SEP]] = True
        ends = stop[self.stream]
        start = torch.nonzero(ends[:-1] & ~ends[1:]).squeeze(1) + 1
        start = start[start < len(self.stream) - 1100]
        self.start = start
        self.sentence = Buckets(start[:-1], start.diff(), 5, 60, 1000)

    def spans(self, B, T):
        """B rows of T tokens from a sentence's start; one in five is a pair of segments, types 0 and 1."""
        at = self.start[drawn(0, len(self.start) - 600, B)]
        j = torch.arange(T, device=DEVICE).repeat(B, 1)
        cut = self.start[torch.searchsorted(self.start, at + drawn(T // 6, T - T // 6, B))] - at
        pair = (torch.rand(B, device=DEVICE) < 0.2) & (cut < T - 8)
        cut = torch.where(pair, cut, T)[:, None]
        ids = self.stream[at[:, None] + j - 1 - (j > cut).long()].long()
        ids = torch.where(ids == SEP, self.full_stop, ids)
        ids = torch.where(j == 0, CLS, ids)
        return torch.where((j == cut + 1) | (j == T - 1), SEP, ids), (j > cut + 1).long()

    def sentences(self, n, B):
        """B whole sentences of n tokens."""
        body = self.stream[self.sentence.pick(n, B)[:, None] + torch.arange(n, device=DEVICE)].long()
        ids = framed(torch.where(body == SEP, self.full_stop, body))
        return ids, torch.zeros_like(ids)

    def mask(self, ids, share):
        """BERT's masking with the same count in each row: (shown ids, places in the flat batch, hidden ids)."""
        B, T = ids.shape
        k = max(1, round(share * (T - 2)))
        where = (torch.rand(B, T, device=DEVICE) + 2 * (ids <= MASK)).topk(k, dim=1, largest=False).indices
        hidden, r = ids.gather(1, where), torch.rand(B, k, device=DEVICE)
        shown = torch.where(r < 0.8, MASK, torch.where(r < 0.9, drawn(5, self.vocab_size, B, k), hidden))
        places = where + torch.arange(B, device=DEVICE)[:, None] * T
        return ids.scatter(1, where, shown), places.flatten(), hidden.flatten()


def framed(body):
    return F.pad(F.pad(body, (1, 0), value=CLS), (0, 1), value=SEP)


class Teaching:
    """Sentences with a teacher's unit vectors; half of a batch is groups that the teacher finds similar."""

    GROUP, SEEDS, POOL = 8, 4096, 49152

    def __init__(self, names):
        stored = [np.load(n) for n in names]
        size = torch.from_numpy(np.concatenate([np.diff(s["off"]) for s in stored])).to(DEVICE)
        self.ids = torch.from_numpy(np.concatenate([s["ids"].astype(np.int32) for s in stored])).to(DEVICE)
        self.vec = torch.from_numpy(np.concatenate([s["vec"] for s in stored])).to(DEVICE)
        self.off = size.cumsum(0) - size
        self.texts = Buckets(torch.arange(len(size), device=DEVICE), size, 3, 64, 256)
        self.similar = {n: self.groups(n) for n in self.texts.sizes}

    def groups(self, n):
        """(SEEDS, GROUP) numbers of texts of size n, each row near to its first."""
        pool = self.texts.items[slice(*self.texts.range[n])]
        pool = pool[torch.randperm(len(pool), device=DEVICE)[: self.POOL]]
        vectors = self.vec[pool].to(torch.bfloat16)
        near = [(part @ vectors.T).topk(self.GROUP, dim=1).indices for part in vectors[: self.SEEDS].split(1024)]
        return pool[torch.cat(near)]

    def batch(self, rng, B):
        n = self.texts.size(rng)
        rows = self.similar[n][drawn(0, len(self.similar[n]), B // 2 // self.GROUP)].flatten()
        chosen = torch.cat([rows, self.texts.pick(n, B - len(rows))])
        body = self.ids[self.off[chosen][:, None] + torch.arange(n, device=DEVICE)].long()
        return framed(body), self.vec[chosen].float()


class Muon:
    """Muon (Jordan et al. 2024) as torch.optim.Muon with match_rms_adamw, all matrices of one shape in one batch."""

    def __init__(self, params, decay=0.05, momentum=0.95):
        shapes = {}
        for p in params:
            shapes.setdefault(tuple(p.shape), []).append(p)
        self.groups = [(ps, torch.zeros(len(ps), *shape, device=DEVICE)) for shape, ps in shapes.items()]
        self.decay, self.momentum = decay, momentum

    @staticmethod
    def orthogonal(g):
        """Five Newton-Schulz steps towards U V^T of each matrix of the batch."""
        x = g.bfloat16()
        tall = x.shape[1] > x.shape[2]
        x = x.mT if tall else x
        x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
        for _ in range(5):
            a = x @ x.mT
            x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
        return x.mT if tall else x

    @torch.no_grad()
    def step(self, lr):
        for params, held in self.groups:
            g = torch.stack([p.grad for p in params])
            held.lerp_(g, 1 - self.momentum)
            u = self.orthogonal(g.lerp(held, self.momentum)).float()
            torch._foreach_mul_(params, 1 - lr * self.decay)
            torch._foreach_add_(params, list(u.unbind()), alpha=-lr * 0.2 * max(u.shape[1:]) ** 0.5)


def adam(net):
    rest = [p for n, p in net.named_parameters() if not (p.dim() == 2 and n.startswith("layers"))]
    groups = [dict(params=[p for p in rest if p.dim() > 1], weight_decay=0.01),
              dict(params=[p for p in rest if p.dim() < 2], weight_decay=0.0)]
    return torch.optim.AdamW(groups, lr=1.0, betas=(0.9, 0.98), eps=1e-6, fused=True)


def masked_loss(h, weight, bias, y):
    return F.cross_entropy(F.linear(h, weight, bias).float(), y)


class Trainer:
    def __init__(self, o, at):
        self.o, self.at, self.rng = o, at, np.random.default_rng(o.seed)
        self.net = Bert(len(at), o.H, o.L, o.A, 4 * o.H, 512, 384).to(DEVICE)
        self.muon = Muon([p for n, p in self.net.named_parameters() if p.dim() == 2 and n.startswith("layers")])
        self.adam = adam(self.net)
        self.taken, self.parts, self.text, self.teaching = set(), [], None, None

    def take_up(self):
        """What has come into the inbox since the last time."""
        if os.path.exists(self.o.inbox + "/until"):
            with open(self.o.inbox + "/until", encoding="ascii") as f:
                self.o.until = float(f.read())
        for kind in ("tokens", "teach"):
            names = sorted(glob.glob(f"{self.o.inbox}/{kind}*.np[yz]"))
            if not set(names) - self.taken:
                continue
            self.taken |= set(names)
            if kind == "teach":
                self.teaching = Teaching(names)
            else:
                self.text = Text([np.load(n) for n in names], self.at, len(self.at))
            print("took up", *names, flush=True)

    def batch(self):
        o, kind = self.o, self.rng.random()
        if kind < o.sentences:
            n = self.text.sentence.size(self.rng)
            return self.text.sentences(n, o.tokens // (n + 2))
        T = 512 if kind > 1 - o.long_share else 128
        return self.text.spans(o.tokens // T, T)

    def step(self, lr):
        """One step. Returns (masked loss, cosine with the teacher), on the device, and the number of tokens."""
        net, o = self.net, self.o
        ids, types = self.batch()
        shown, places, hidden = self.text.mask(ids, o.mask)
        tokens, cos = ids.numel(), torch.zeros((), device=DEVICE)
        with torch.autocast(DEVICE, dtype=torch.bfloat16):
            h = net(shown, types).flatten(0, 1)[places]
            loss = masked = masked_loss(net.transform(h), net.tok.weight, net.bias, hidden)
        loss.backward()
        if self.teaching:
            texts, vectors = self.teaching.batch(self.rng, o.pairs)
            with torch.autocast(DEVICE, dtype=torch.bfloat16):
                v = net.sentence(net(texts, torch.zeros_like(texts)))
            cos = (v * vectors).sum(-1).mean()
            (o.weight * (1 - cos + 20 * ((v @ v.T - vectors @ vectors.T) ** 2).mean())).backward()
            tokens += texts.numel()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        self.muon.step(lr)
        for g in self.adam.param_groups:
            g["lr"] = lr
        self.adam.step()
        self.adam.zero_grad(set_to_none=True)
        self.net.zero_grad(set_to_none=True)
        return torch.stack([masked.detach().float(), cos.detach()]), tokens

    def run(self):
        o, begin, log, seen, step = self.o, time.time(), [], 0, 0
        then, seen_then = begin, 0
        while (now := time.time()) < o.until:
            if step % 200 == 0:
                self.take_up()
            left = (o.until - now) / (o.until - begin)
            lr = o.lr * min(1.0, (step + 1) / o.warm, left / o.decay)
            figures, tokens = self.step(lr)
            log.append(figures)
            step, seen = step + 1, seen + tokens
            if step % 200 == 0 or step == 20:
                masked, cos = torch.stack(log).mean(0).tolist()
                now = time.time()
                print(f"{now - begin:.0f} s  step {step}  {seen / 1e6:.0f} M tokens  rate {lr:.1e}  loss {masked:.3f}  "
                      f"cos {cos:.3f}  {(seen - seen_then) / (now - then) / 1e6:.2f} M/s", flush=True)
                log, then, seen_then = [], now, seen
        torch.save(dict(net=self.net.state_dict(), sizes=self.net.sizes), o.out + ".part")
        os.replace(o.out + ".part", o.out)
        print(f"end: {step} steps, {seen / 1e6:.0f} M tokens", flush=True)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    g = a.add_argument
    g("inbox"), g("out"), g("--vocab", default="vocab.txt")
    g("--until", type=float, required=True,
      help="the end, in seconds since 1970; a file INBOX/until moves it")
    g("--decay", type=float, default=0.45, help="share of the time in which the rate falls")
    g("--tokens", type=int, default=65536, help="of a batch")
    g("--H", type=int, default=256, help="width"), g("--L", type=int, default=6, help="layers")
    g("--A", type=int, default=4, help="heads")
    g("--lr", type=float, default=2.5e-3), g("--warm", type=int, default=500), g("--mask", type=float, default=0.2)
    g("--sentences", type=float, default=0.2, help="share of batches that are whole sentences")
    g("--long-share", type=float, default=0.25, help="share of batches with 512 tokens a row")
    g("--pairs", type=int, default=512, help="texts with a teacher's vector in each step")
    g("--weight", type=float, default=8.0, help="of the loss of the sentence vectors")
    g("--seed", type=int, default=1)
    g("--no-compile", action="store_true")
    o = a.parse_args()
    torch.manual_seed(o.seed)
    torch.set_float32_matmul_precision("high")
    with open(o.vocab, encoding="utf-8") as f:
        at = {w.rstrip("\n"): i for i, w in enumerate(f)}
    if not o.no_compile:
        global masked_loss
        torch._dynamo.config.cache_size_limit = 64
        Layer.forward = torch.compile(Layer.forward, dynamic=True)
        masked_loss = torch.compile(masked_loss, dynamic=True)
    Trainer(o, at).run()


if __name__ == "__main__":
    main()
