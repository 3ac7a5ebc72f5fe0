"""fit.py --out CK --data tok.npy... --vocab vocab.txt [--teach teach.npz] [--init FOLDER | --resume CK]

Trains on masked tokens and, beside them, on a teacher's sentence vectors. The rate rises, stays, and falls linearly
to zero over the last --decay million tokens (Haegele et al. 2024: as good as a schedule that falls all the way, and
it can be continued: what stood before the fall is kept as CK.stable). SIGUSR1 begins the fall at once.
"""
import argparse
import os
import signal
import time

import torch
import torch.nn.functional as F

from data import SEP, Teaching, Text
from network import Bert, load

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class CrossEntropy(torch.autograd.Function):
    """Softmax cross entropy of h @ W.T + b, gradients made in the forward pass, 512 rows at a time.

    On a CPU fresh pages are dear: no (rows, vocabulary) matrix is ever kept. Products in h's type, sums in float32.
    """

    @staticmethod
    def forward(ctx, h, W, b, y):
        N, loss = h.shape[0], 0.0
        dh, dW, db = torch.empty_like(h), torch.zeros_like(W), torch.zeros_like(b)
        Wh, scratch = W.to(h.dtype), torch.empty(512, W.shape[0], dtype=h.dtype)
        for i in range(0, N, 512):
            x, t = h[i:i + 512], y[i:i + 512]
            rows = torch.arange(len(t))
            g = torch.mm(x, Wh.t(), out=scratch[: len(t)]).float().add_(b)
            right = g[rows, t].clone()
            m = g.amax(1, keepdim=True)
            z = g.sub_(m).exp_().sum(1, keepdim=True)
            loss += (z.log().squeeze(1) + m.squeeze(1) - right).sum()
            g.div_(z * N)
            g[rows, t] -= 1.0 / N
            db += g.sum(0)
            g = (g * 1024).to(h.dtype)  # away from bfloat16's smallest numbers
            dh[i:i + 512] = torch.mm(g, Wh) / 1024
            dW += torch.mm(g.t(), x).float() / 1024
        ctx.save_for_backward(dh, dW, db)
        return loss / N

    @staticmethod
    def backward(ctx, d):
        dh, dW, db = ctx.saved_tensors
        return dh * d, dW * d, db * d, None


def masked_loss(net, h, y):
    if DEVICE == "cuda":
        return F.cross_entropy(F.linear(h, net.tok.weight, net.bias).float(), y)
    return CrossEntropy.apply(h.to(torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else h.dtype),
                              net.tok.weight, net.bias, y)


def sentence_loss(v, teacher):
    """Away from the teacher's vectors, and from the likeness that it sees between the sentences of the batch."""
    cos = (v * teacher).sum(-1).mean()
    return 1 - cos + ((v @ v.T - teacher @ teacher.T) ** 2).mean() * 20, cos


def optimizers(net, lr):
    """Muon (Jordan et al. 2024) for the matrices inside the layers, AdamW for all else."""
    inner = [p for n, p in net.named_parameters() if p.dim() == 2 and n.startswith("layers")]
    ours = {id(p) for p in inner}
    rest = [p for p in net.parameters() if id(p) not in ours]
    groups = [dict(params=[p for p in rest if p.dim() > 1], weight_decay=0.01),
              dict(params=[p for p in rest if p.dim() < 2], weight_decay=0.0)]
    return [torch.optim.Muon(inner, lr=lr, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.98), eps=1e-6, fused=True)]


class Schedule:
    """The rate's factor after `seen` tokens: up over `warm` steps, then 1, then linearly to 0 over the last `decay`."""

    def __init__(self, total, decay, warm):
        self.total, self.decay, self.warm = total, decay, warm
        signal.signal(signal.SIGUSR1, lambda *_: setattr(self, "asked", True))
        self.asked = False

    def factor(self, step, seen):
        if self.asked:
            self.asked, self.total = False, min(self.total, seen + self.decay)
        return min(1.0, (step + 1) / self.warm, max(0.0, (self.total - seen) / self.decay))


class Cores:
    """How many threads find a core: two that share one with another process are slower than one alone."""

    def __init__(self, most):
        self.most, self.before = most, self.now()

    @staticmethod
    def now():
        with open("/proc/stat", encoding="ascii") as f:
            used = sum(int(x) for x in f.readline().split()[1:4])
        return used / os.sysconf("SC_CLK_TCK") - time.process_time(), time.monotonic()

    def free(self):
        (used, then), self.before = self.before, self.now()
        others = (self.before[0] - used) / (self.before[1] - then)
        return max(1, round(self.most - others))


def write(name, net, opts, step, seen):
    state = dict(net=net.state_dict(), opts=[o.state_dict() for o in opts], sizes=net.sizes, step=step, seen=seen)
    torch.save(state, name + ".part")
    os.replace(name + ".part", name)


def batch(text, o):
    """Masked rows: whole sentences, spans of T tokens, and some of all positions."""
    if text.rng.random() < o.sentences:
        return text.sentences(o.tokens)
    T = o.long if text.rng.random() < o.long_share else o.T
    return text.spans(max(1, o.tokens // T), T)


def train_step(net, run, opts, text, teaching, step, o):
    """One step; returns (masked loss, cosine or nan, tokens)."""
    ids, types = batch(text, o)
    shown, chosen = text.mask(ids, o.mask)
    tokens, cos = ids.numel(), torch.tensor(float("nan"))
    with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=not o.f32):
        loss = masked = masked_loss(net, net.transform(run(shown, types)[chosen]), ids[chosen])
        if teaching and step % o.every == 0:
            sentences, vectors = teaching.batch(o.pairs)
            v = net.sentence(run(sentences, torch.zeros_like(sentences)))
            with torch.autocast(DEVICE, enabled=False):
                away, cos = sentence_loss(v, vectors)
            loss = loss + away * o.weight
            tokens += sentences.numel()
    for p in opts:
        p.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    for p in opts:
        p.step()
    return masked.detach(), cos.detach(), tokens


def fit(o):
    torch.manual_seed(o.seed)
    torch.set_num_threads(o.threads)
    torch.set_float32_matmul_precision("high")
    with open(o.vocab, encoding="utf-8") as f:
        at = {w.rstrip("\n"): i for i, w in enumerate(f)}
    text = Text(o.data, [at["."], at["!"], at["?"], SEP], at["."], len(at), DEVICE, o.seed)
    teaching = Teaching(o.teach, DEVICE, o.seed) if o.teach else None
    net = Bert(len(at), o.H, o.L, o.A, 4 * o.H, o.P, o.D).to(DEVICE)
    opts, step, seen = optimizers(net, o.lr), 0, 0
    if o.resume:
        state = torch.load(o.resume, map_location=DEVICE)
        net.load_state_dict(state["net"])
        step, seen = state["step"], state["seen"]
        for a, b in zip(opts, state["opts"]):
            a.load_state_dict(b)
        text.reseed(o.seed + step)
    elif o.init:
        load(net, o.init)
    run = torch.compile(net) if o.compile else net
    schedule = Schedule(o.total * 1e6, o.decay * 1e6, o.warm)
    cores = Cores(o.threads)
    saved, falling, log, then, seen_then = time.time(), False, [], time.time(), seen
    while seen < schedule.total:
        factor = schedule.factor(step, seen)
        if factor < 1 and step >= o.warm and not falling:
            falling = True
            write(o.out + ".stable", net, opts, step, seen)
        for group in (g for p in opts for g in p.param_groups):
            group["lr"] = o.lr * factor
        *figures, tokens = train_step(net, run, opts, text, teaching, step, o)
        step, seen = step + 1, seen + tokens
        log.append(torch.stack(figures))
        if step % o.show == 0:
            masked, cos = torch.stack(log).nanmean(0).tolist()
            now = time.time()
            print(f"step {step}  {seen / 1e6:.1f} M tokens  rate {o.lr * factor:.1e}  loss {masked:.3f}  cos {cos:.3f}  "
                  f"{(seen - seen_then) / (now - then):.0f} tokens/s", flush=True)
            log, then, seen_then = [], now, seen
        if step % 10 == 0 and DEVICE == "cpu":
            torch.set_num_threads(cores.free())
        if time.time() - saved > 240:
            write(o.out, net, opts, step, seen)
            saved = time.time()
    write(o.out, net, opts, step, seen)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    g = a.add_argument
    g("--out", default="ck.pt"), g("--resume"), g("--init", help="a saved folder to start from")
    g("--data", nargs="+", required=True), g("--teach"), g("--vocab", default="vocab.txt")
    g("--total", type=float, default=100, help="million tokens in all, those of the checkpoint included")
    g("--decay", type=float, default=20, help="million tokens of the fall")
    g("--tokens", type=int, default=5120, help="of a batch")
    g("--T", type=int, default=128), g("--long", type=int, default=512), g("--long-share", type=float, default=0.4)
    g("--H", type=int, default=256), g("--L", type=int, default=4), g("--A", type=int, default=4)
    g("--P", type=int, default=512), g("--D", type=int, default=384)
    g("--lr", type=float, default=1.5e-3), g("--warm", type=int, default=200), g("--mask", type=float, default=0.2)
    g("--sentences", type=float, default=0.3, help="share of batches that are whole sentences")
    g("--every", type=int, default=1, help="steps from one batch of sentence vectors to the next")
    g("--pairs", type=int, default=128), g("--weight", type=float, default=8.0)
    g("--seed", type=int, default=1), g("--threads", type=int, default=2), g("--show", type=int, default=50)
    g("--compile", action="store_true"), g("--f32", action="store_true", help="no bfloat16")
    fit(a.parse_args())


if __name__ == "__main__":
    main()
