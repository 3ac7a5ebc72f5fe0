"use strict";
/*
 * page.js - reads the records that follow in the page, and draws them.
 *
 * A record is a JSON object: "tokens", "words" ([blank before, text]; the text
 * of special tokens is empty), "types", "special", "continues" (the token goes
 * on the word before it), "layers", "heads", and "weights": for each layer and
 * head, in this order, a base64 string of n * n bytes, rows are queries. Byte 0
 * is weight 0, byte b is 2^((b - 255) / 16).
 */
const $ = (id) => document.getElementById(id);
const weightOf = new Float32Array(256).map((_, b) => b && 2 ** ((b - 255) / 16));
const MAGMA = [[0, 0, 4], [28, 16, 68], [79, 18, 123], [129, 37, 129],
    [181, 54, 122], [229, 80, 100], [251, 135, 97], [254, 194, 135],
    [252, 253, 191]];
const N_BEST = 12;
const N_ARCS = 40;

let records = [];
let record; /* the one shown */
let n;      /* its tokens */
let place = {record: 0, layer: 0, head: 0, token: -1, to: false};
let hover = -1;
let cell = 1;         /* pixels of a cell of the matrix */
let edge = [0, 0];    /* pixels left of and above the cells */
let chips = [];

/* ------------------------------------------------------------- numbers */

/* Heads of a layer, and after them their mean. */
const choices = () => record.heads.length + (record.heads.length > 1);
const isMean = (head) => head === record.heads.length;
const nameOf = (layer, head) => `layer ${record.layers[layer]}, `
    + (isMean(head) ? "mean of heads" : `head ${record.heads[head]}`);

function decode(text) {
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++)
        bytes[i] = text.charCodeAt(i);
    return bytes;
}

function meanOf(layer) {
    const sums = new Float32Array(n * n);
    for (let head = 0; head < record.heads.length; head++)
        bytesOf(layer, head).forEach((b, i) => { sums[i] += weightOf[b]; });
    return Uint8Array.from(sums, (sum) =>
        Math.max(0, Math.round(255 + 16 * Math.log2(sum / record.heads.length))));
}

function bytesOf(layer, head) {
    const at = layer * choices() + head;
    record.bytes ??= [];
    record.bytes[at] ??= isMean(head) ? meanOf(layer)
        : decode(atob(record.weights[layer * record.heads.length + head]));
    return record.bytes[at];
}

/* What token i looks at, or what looks at it; for -1, the mean looked at. */
function weightsOf(i) {
    const bytes = bytesOf(place.layer, place.head);
    const out = new Float32Array(n);
    if (i < 0) {
        for (let at = 0; at < n * n; at++)
            out[at % n] += weightOf[bytes[at]] / n;
    } else {
        for (let k = 0; k < n; k++)
            out[k] = weightOf[bytes[place.to ? k * n + i : i * n + k]];
    }
    return out;
}

const shown = (w) => w === 0 ? "0" : w.toPrecision(2);
const best = (weights, count) => [...weights.keys()]
    .sort((a, b) => weights[b] - weights[a]).slice(0, count);

/* ------------------------------------------------------------- colours */

function isDark() {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/* The colour of a level from 0 to 1, which is the root of a weight's share of the
 * largest. */
function colorAt(level, dark) {
    const at = (dark ? level : 1 - level) * (MAGMA.length - 1);
    const first = Math.min(Math.floor(at), MAGMA.length - 2);
    return MAGMA[first].map((c, i) => Math.round(c + (MAGMA[first + 1][i] - c) * (at - first)));
}

const levelOf = (b, most) => b && Math.min(1, 2 ** ((b - most) / 32));
const largest = (bytes) => bytes.reduce((a, b) => Math.max(a, b), 1);

/* The colour of each byte, as a pixel, where most is the largest byte. */
function palette(most) {
    const dark = isDark();
    return Uint32Array.from({length: 256}, (_, b) => {
        const [r, g, blue] = colorAt(levelOf(b, most), dark);
        return (255 << 24 | blue << 16 | g << 8 | r) >>> 0;
    });
}

/* A canvas of side * side pixels, each the largest byte of its block. */
function paint(canvas, bytes, side) {
    const image = new ImageData(side, side);
    const pixels = new Uint32Array(image.data.buffer);
    const blocks = new Uint8Array(side * side);
    const column = Uint16Array.from({length: n}, (_, k) => Math.floor(k * side / n));
    for (let q = 0; q < n; q++) {
        const row = column[q] * side;
        for (let k = 0, at = q * n; k < n; k++, at++)
            if (bytes[at] > blocks[row + column[k]])
                blocks[row + column[k]] = bytes[at];
    }
    const colors = palette(largest(blocks));
    for (let i = 0; i < pixels.length; i++)
        pixels[i] = colors[blocks[i]];
    canvas.width = canvas.height = side;
    canvas.getContext("2d").putImageData(image, 0, 0);
}

/* ---------------------------------------------------------------- text */

function makeText() {
    const box = $("text");
    box.replaceChildren();
    chips = record.tokens.map((token, i) => {
        const [blank, word] = record.words[i];
        const chip = document.createElement("span");
        chip.className = "token";
        chip.textContent = word || token;
        chip.title = `${i} ${token}`;
        if (record.special[i])
            chip.classList.add("special");
        if (record.continues[i])
            chip.classList.add("piece");
        if (i > 0 && record.types[i] !== record.types[i - 1])
            box.append("\n");
        box.append(blank, chip);
        chip.onmouseenter = () => setHover(i);
        chip.onmouseleave = () => setHover(-1);
        chip.onclick = () => go({token: place.token === i ? -1 : i});
        return chip;
    });
    if (record.truncated)
        box.append(" …");
    document.body.classList.toggle("long", n > 128);
}

function middle(chip, from) {
    const box = chip.getClientRects()[0] ?? chip.getBoundingClientRect();
    return [box.left + box.width / 2 - from.left, box.top - from.top];
}

function drawArcs(active, weights) {
    const svg = $("arcs");
    const paths = [];
    const from = svg.getBoundingClientRect();
    for (const k of active < 0 ? [] : best(weights, N_ARCS)) {
        if (weights[k] < .01 || k === active)
            continue;
        const [x, y] = middle(chips[active], from);
        const [x2, y2] = middle(chips[k], from);
        const top = Math.min(y, y2) - Math.min(30, 6 + Math.abs(x2 - x) / 8);
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", `M${x} ${y}C${x} ${top} ${x2} ${top} ${x2} ${y2}`);
        path.style.strokeWidth = 1 + 5 * weights[k];
        path.style.strokeOpacity = .25 + .75 * Math.sqrt(weights[k]);
        paths.push(path);
    }
    svg.replaceChildren(...paths);
}

function drawBest(active, weights) {
    const verb = place.to ? "is looked at by" : "looks at";
    $("best-title").textContent = active < 0 ? "Most looked at (mean)"
        : `${record.tokens[active]} ${verb}`;
    const top = best(weights, N_BEST);
    $("best").replaceChildren(...top.map((k) => {
        const item = document.createElement("li");
        const bar = document.createElement("i");
        const word = document.createElement("span");
        const number = document.createElement("b");
        bar.style.width = `${100 * weights[k] / (weights[top[0]] || 1)}%`;
        word.textContent = `${record.tokens[k]} `;
        number.textContent = shown(weights[k]);
        item.append(bar, number, word);
        return item;
    }));
}

function drawToken() {
    const active = hover >= 0 ? hover : place.token;
    const weights = weightsOf(active);
    const most = weights.reduce((a, b) => Math.max(a, b), 1e-9);
    chips.forEach((chip, k) => {
        const share = Math.sqrt(weights[k] / most);
        chip.style.background = share > .05 ? `rgba(var(--mark), ${(.6 * share).toFixed(2)})` : "";
        chip.classList.toggle("active", k === active);
    });
    drawArcs(active, weights);
    drawBest(active, weights);
    hair($("hair-row"), place.to ? -1 : active, true);
    hair($("hair-column"), place.to ? active : -1, false);
}

/* -------------------------------------------------------------- matrix */

function hair(line, i, across) {
    line.style.display = i < 0 ? "none" : "block";
    line.style.left = `${edge[0] + (across ? 0 : i * cell)}px`;
    line.style.top = `${edge[1] + (across ? i * cell : 0)}px`;
    line.style.width = `${across ? n * cell : cell}px`;
    line.style.height = `${across ? cell : n * cell}px`;
}

function drawNames(pen) {
    pen.fillStyle = getComputedStyle(document.body).color;
    pen.font = `${Math.min(13, cell - 1)}px system-ui, sans-serif`;
    pen.textBaseline = "middle";
    for (let i = 0; i < n; i++) {
        const at = i * cell + cell / 2;
        pen.textAlign = "right";
        pen.fillText(record.tokens[i], edge[0] - 4, edge[1] + at, edge[0] - 6);
        pen.save();
        pen.translate(edge[0] + at, edge[1] - 4);
        pen.rotate(-Math.PI / 2);
        pen.textAlign = "left";
        pen.fillText(record.tokens[i], 0, 0, edge[1] - 6);
        pen.restore();
    }
}

/* The colours from 0 to the largest weight. */
function drawScale() {
    const most = weightOf[largest(bytesOf(place.layer, place.head))];
    const dark = isDark();
    const stops = Array.from({length: 17}, (_, i) => `rgb(${colorAt(i / 16, dark)})`);
    $("bar").style.background = `linear-gradient(to right, ${stops})`;
    $("bar").nextElementSibling.replaceChildren(...[0, .25, .5, .75, 1].map((level) => {
        const tick = document.createElement("span");
        tick.textContent = shown(most * level * level);
        return tick;
    }));
}

function drawMatrix() {
    const canvas = $("cells");
    const pen = canvas.getContext("2d");
    const small = document.createElement("canvas");
    const room = $("matrix").clientWidth - 110;
    cell = Math.max(2, Math.min(28, Math.floor(room / n)));
    edge = cell >= 9 ? [100, 90] : [0, 0];
    const size = [edge[0] + n * cell, edge[1] + n * cell];
    const scale = cell >= 9 ? devicePixelRatio : 1;
    canvas.width = size[0] * scale;
    canvas.height = size[1] * scale;
    canvas.style.width = `${size[0]}px`;
    canvas.style.height = `${size[1]}px`;
    paint(small, bytesOf(place.layer, place.head), n);
    pen.scale(scale, scale);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, edge[0], edge[1], n * cell, n * cell);
    if (cell >= 9)
        drawNames(pen);
    const name = nameOf(place.layer, place.head).replace("l", "L");
    drawScale();
    $("matrix-title").textContent = name;
    canvas.setAttribute("aria-label", `${name}: rows look at columns`);
}

/* The query and the key under the pointer, or nothing. */
function underPointer(event) {
    const k = Math.floor((event.offsetX - edge[0]) / cell);
    const q = Math.floor((event.offsetY - edge[1]) / cell);
    return q >= 0 && k >= 0 && q < n && k < n ? [q, k] : null;
}

function overMatrix(event) {
    const at = underPointer(event);
    if (!at)
        return setHover(-1);
    const [q, k] = at;
    setHover(place.to ? k : q);
    hair($("hair-row"), q, true);
    hair($("hair-column"), k, false);
    const w = weightOf[bytesOf(place.layer, place.head)[q * n + k]];
    $("status").textContent =
        `${q} ${record.tokens[q]} → ${k} ${record.tokens[k]}: ${shown(w)}`;
}

/* ---------------------------------------------------------------- file */

const SVG = "http://www.w3.org/2000/svg";

function element(parent, name, attributes, text) {
    const child = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes))
        child.setAttribute(key, value);
    /* XML has no place for the others. */
    child.textContent = (text ?? "").replace(/[\0-\x1f\ufffe\uffff]/g, "\ufffd");
    parent.append(child);
    return child;
}

/* Cells of one colour are lines as thick as a row, a little beyond their ends. */
function linesOf(bytes, b) {
    let d = "";
    for (let q = 0; q < n; q++)
        for (let k = 0, end; k < n; k = end) {
            for (end = k + 1; end < n && bytes[q * n + end] === bytes[q * n + k];)
                end++;
            if (bytes[q * n + k] === b)
                d += `M${k} ${q}h${end - k}.04`;
        }
    return d;
}

function addScale(svg, x, y, height, most) {
    const fill = (i) => `rgb(${colorAt(i / 64, false)})`;
    for (let i = 0; i < 64; i++)
        element(svg, "rect", {x, y: y + height * (63 - i) / 64, width: 8,
            height: height / 64 + .3, fill: fill(i), "shape-rendering": "crispEdges"});
    element(svg, "rect", {x, y, width: 8, height, fill: "none", stroke: "#000", "stroke-width": .5});
    for (const level of [0, .25, .5, .75, 1])
        element(svg, "text", {x: x + 11, y: y + height * (1 - level) + 3}, shown(most * level ** 2));
}

/* The matrix that is shown, in light colours: vectors, and text as text. */
function figure() {
    const bytes = bytesOf(place.layer, place.head);
    const most = largest(bytes);
    const wide = Math.max(...record.tokens.map((t) => t.length)) * 5.5 + 10;
    const top = wide + 16;
    const size = [wide + n * 11 + 60, top + Math.max(n * 11, 60) + 8];
    const svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of Object.entries({width: size[0], height: size[1],
        viewBox: `0 0 ${size.join(" ")}`, "font-family": "sans-serif", "font-size": 9}))
        svg.setAttribute(key, value);
    const name = nameOf(place.layer, place.head);
    element(svg, "title", {}, name);
    element(svg, "rect", {width: "100%", height: "100%", fill: "#fff"});
    element(svg, "text", {x: wide + n * 5.5, y: 12, "text-anchor": "middle"}, name);
    const cells = element(svg, "g", {transform: `translate(${wide} ${top})scale(11)translate(0 .5)`,
        fill: "none", "stroke-width": 1.04, "shape-rendering": "crispEdges"});
    for (const b of new Set(bytes))
        element(cells, "path", {stroke: `rgb(${colorAt(levelOf(b, most), false)})`, d: linesOf(bytes, b)});
    element(svg, "rect", {x: wide, y: top, width: n * 11, height: n * 11, fill: "none",
        stroke: "#000", "stroke-width": .5});
    record.tokens.forEach((token, i) => {
        const at = i * 11 + 8.5;
        element(svg, "text", {x: wide - 3, y: top + at, "text-anchor": "end"}, token);
        element(svg, "text", {transform: `translate(${wide + at} ${top - 3})rotate(-90)`}, token);
    });
    addScale(svg, wide + n * 11 + 8, top, Math.min(Math.max(n * 11, 60), 150), weightOf[most]);
    return svg;
}

function saveFigure() {
    const text = new XMLSerializer().serializeToString(figure());
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
    link.download = `${nameOf(place.layer, place.head).replace(/[ ,]+/g, "-")}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    $("status").textContent = `saved ${link.download}`;
}

/* ---------------------------------------------------------------- grid */

function nameCell(text) {
    const name = document.createElement("span");
    name.className = "name";
    name.textContent = text;
    return name;
}

function gridButton(layer, head) {
    const button = document.createElement("button");
    const name = nameOf(layer, head);
    button.type = "button";
    button.title = name;
    button.setAttribute("aria-label", name);
    button.append(document.createElement("canvas"));
    button.onclick = () => go({layer, head});
    return button;
}

const headNames = () => [...record.heads, ...record.heads.length > 1 ? ["mean"] : []];

function makeGrid() {
    const grid = $("grid");
    const names = headNames();
    grid.style.gridTemplateColumns = `auto repeat(${names.length}, minmax(1.5rem, 5rem))`;
    grid.replaceChildren(nameCell(""), ...names.map(nameCell));
    record.layers.forEach((number, layer) => {
        grid.append(nameCell(number), ...names.map((_, head) => gridButton(layer, head)));
    });
}

/* A layer at a time, so that the page answers meanwhile. */
function paintGrid(layer, of) {
    if (of !== record)
        return;
    if (layer === record.layers.length) {
        document.documentElement.dataset.ready = Math.round(performance.now());
        return;
    }
    const buttons = $("grid").querySelectorAll("button");
    for (let head = 0; head < choices(); head++)
        paint(buttons[layer * choices() + head].firstChild, bytesOf(layer, head), Math.min(n, 64));
    setTimeout(paintGrid, 0, layer + 1, of);
}

function markGrid() {
    const at = place.layer * choices() + place.head;
    $("grid").querySelectorAll("button").forEach((button, i) =>
        button.classList.toggle("active", i === at));
}

/* --------------------------------------------------------------- place */

function setHover(i) {
    if (i === hover)
        return;
    hover = i;
    drawToken();
    describe();
}

function describe() {
    const active = hover >= 0 ? hover : place.token;
    $("status").textContent = active < 0
        ? `${n} tokens${record.truncated ? ", truncated" : ""}`
        : `${active} ${record.tokens[active]}, ${$("direction").textContent}`;
}

function fill(select, names, chosen) {
    select.replaceChildren(...names.map((name, i) => new Option(name, i)));
    select.value = chosen;
    select.parentNode.hidden = names.length < 2;
}

function show(i) {
    record = records[i];
    place.record = i;
    n = record.tokens.length;
    place.layer = Math.min(place.layer, record.layers.length - 1);
    place.head = Math.min(place.head, choices() - 1);
    if (place.token >= n)
        place.token = -1;
    hover = -1;
    fill($("layer"), record.layers, place.layer);
    fill($("head"), headNames(), place.head);
    makeText();
    makeGrid();
    setTimeout(paintGrid, 0, 0, record);
}

function refresh() {
    $("record").value = place.record;
    $("layer").value = place.layer;
    $("head").value = place.head;
    $("direction").textContent = place.to ? "is looked at by" : "looks at";
    $("direction").setAttribute("aria-pressed", place.to);
    drawMatrix();
    drawToken();
    markGrid();
    describe();
}

function go(change) {
    const before = place.record;
    Object.assign(place, change);
    if (place.record !== before)
        show(place.record);
    refresh();
    if (change.token >= 0)
        chips[change.token].scrollIntoView({block: "nearest"});
    const hash = Object.entries(place).map(([key, value]) => `${key}=${+value}`).join("&");
    history.replaceState(null, "", `#${hash}`);
}

/* "#layer=2&head=0&token=5&to=1" */
function readHash() {
    for (const [key, value] of new URLSearchParams(location.hash.slice(1)))
        if (key === "to")
            place.to = value === "1";
        else if (key in place && /^(-1|\d+)$/.test(value))
            place[key] = +value;
    place.record = Math.max(0, Math.min(place.record, records.length - 1));
    place.layer = Math.max(0, place.layer);
    place.head = Math.max(0, place.head);
}

function key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("select"))
        return;
    const turn = (value, by, count) => (value + by + count) % count;
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step && event.key.endsWith("t") && event.shiftKey)
        go({head: turn(place.head, step, choices())});
    else if (step && event.key.endsWith("t"))
        go({token: place.token < 0 ? (step > 0 ? 0 : n - 1) : turn(place.token, step, n)});
    else if (step)
        go({layer: turn(place.layer, step, record.layers.length)});
    else if (event.key === "d")
        go({to: !place.to});
    else if (event.key === "Escape")
        go({token: -1});
    else if (event.key === "m")
        go({head: choices() - 1});
    else if (event.key === "s")
        saveFigure();
    else if (event.key === "t")
        turnTheme();
    else if (event.key === "?")
        $("keys").hidden = !$("keys").hidden;
    else
        return;
    event.preventDefault();
}

function turnTheme() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    repaint();
}

function repaint() {
    refresh();
    paintGrid(0, record);
}

function listen() {
    for (const name of ["record", "layer", "head"])
        $(name).onchange = (event) => go({[name]: +event.target.value});
    $("direction").onclick = () => go({to: !place.to});
    $("save").onclick = saveFigure;
    $("theme").onclick = turnTheme;
    $("help").onclick = () => { $("keys").hidden = !$("keys").hidden; };
    $("cells").onmousemove = overMatrix;
    $("cells").onmouseleave = () => setHover(-1);
    $("cells").onclick = (event) => {
        const at = underPointer(event);
        if (at)
            go({token: at[place.to ? 1 : 0]});
    };
    addEventListener("keydown", key);
    addEventListener("resize", refresh);
    addEventListener("hashchange", () => { readHash(); show(place.record); refresh(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
}

function titleOf(r, i) {
    const parted = (k) => k > 0 && r.types[k] !== r.types[k - 1] ? " / " : "";
    const text = r.error ? `! ${r.error}`
        : r.words.map((word, k) => parted(k) + word.join("")).join("");
    const name = r.window ? `${r.record}, window ${r.window}` : r.record ?? i;
    return `${name}: ${text.slice(0, 60)}`;
}

function start() {
    const about = JSON.parse($("about").textContent);
    $("model").textContent = about.model;
    const all = [...document.querySelectorAll("script.record")]
        .map((script) => JSON.parse(script.textContent));
    records = all.filter((r) => !r.error);
    if (records.length === 0) {
        $("status").textContent = all.length ? titleOf(all[0], 0) : "no text";
        $("panes").hidden = true;
        return;
    }
    readHash();
    fill($("record"), records.map(titleOf), place.record);
    listen();
    show(place.record);
    refresh();
    chips[place.token]?.scrollIntoView({block: "nearest"});
}

addEventListener("DOMContentLoaded", start);
