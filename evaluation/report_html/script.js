'use strict';
const { result, examples, sheet, words } = JSON.parse(document.getElementById('data').textContent);
const SVG = 'http://www.w3.org/2000/svg';
let language = (navigator.language || '').startsWith('zh') ? 'zh' : 'en';
try { language = localStorage.getItem('kanliao-report') || language; } catch { /* a page from disk may not be allowed to */ }
const wanted = location.hash.slice(1);
if (wanted === 'zh' || wanted === 'en') { language = wanted; }
const say = (key, values = {}) => {
  const found = words[language][key] ?? key;
  return found.replace(/\{(\w+)\}/g, (whole, name) => name in values ? values[name] : whole);
};
const has = (key) => key in words[language];

// Every text goes in as text: no string of the log is ever parsed as HTML.
function make(space, tag, given = {}, ...children) {
  const part = space ? document.createElementNS(space, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || value === false) { continue; }
    if (name.startsWith('on')) { part.addEventListener(name.slice(2), value); }
    else if (name === 'class') { part.setAttribute('class', value); }
    else { part.setAttribute(name, value); }
  }
  part.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return part;
}
const el = (tag, given, ...children) => make(null, tag, given, ...children);
const draw = (tag, given, ...children) => make(SVG, tag, given, ...children);

// numbers
const whole = (value) => Math.round(value).toLocaleString(language === 'zh' ? 'zh-CN' : 'en-US');
function parts(value, unit) {
  if (value === null || value === undefined) { return ['–', '']; }
  if (unit === 'share') {
    const percent = value * 100;
    return [percent.toFixed(percent !== 0 && Math.abs(percent) < 1 ? 2 : 1), '%'];
  }
  if (unit === 'ms') { return Math.abs(value) >= 10000 ? [(value / 1000).toFixed(1), ' s'] : [value.toFixed(Math.abs(value) < 10 ? 1 : 0), ' ms']; }
  return [Math.abs(value) >= 1000 ? whole(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1), ''];
}
const shown = (value, unit) => parts(value, unit).join('');
const range = (one) => one.low === null ? '' : `${shown(one.low, one.unit)} – ${shown(one.high, one.unit)}`;

// hovering
const tip = document.getElementById('tip');
function hover(part, text) {
  const show = (event) => {
    tip.textContent = text;
    tip.classList.add('on');
    const box = tip.getBoundingClientRect();
    const x = event.clientX ?? part.getBoundingClientRect().x, y = event.clientY ?? part.getBoundingClientRect().y;
    tip.style.left = `${Math.max(6, Math.min(x + 14, innerWidth - box.width - 8))}px`;
    tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
  };
  part.addEventListener('pointermove', show);
  part.addEventListener('pointerleave', () => tip.classList.remove('on'));
  return part;
}

// examples
const panel = document.getElementById('examples');
const tagName = (tag) => tag.startsWith('source:') ? tag.slice(7) : tag.startsWith('scored_') ? say('scored', { from: tag.slice(7) / 10, to: (+tag.slice(7) + 1) / 10 }) : say(`tag_${tag}`);
function found(tags, keep) {
  const numbers = new Set(tags.flatMap((tag) => examples.tags[tag] ?? []));
  const turns = [...numbers].map((number) => examples.turns[number]);
  return keep ? turns.filter(keep) : turns;
}
function open(title, tags, keep) {
  const turns = found(tags, keep).slice(0, 200);
  const of = keep ? turns.length : tags.reduce((sum, tag) => sum + (examples.counts[tag] ?? 0), 0);
  panel.replaceChildren(
    el('div', { class: 'top' },
      el('div', {}, el('h3', { style: 'margin:0' }, title),
        el('div', { class: 'quiet' }, turns.length ? say('examples_of', { shown: whole(turns.length), count: whole(of) }) : say('no_examples'))),
      el('button', { class: 'close', 'aria-label': say('close'), onclick: () => panel.close() }, '×')),
    el('div', { class: 'list' }, turns.map(turn)));
  panel.showModal();
  panel.querySelector('.list').scrollTop = 0;
}
panel.addEventListener('click', (event) => { if (event.target === panel) { panel.close(); } });
function turn(one) {
  const bits = [`${one.conversation} · ${one.number + 1}`];
  if (one.time) { bits.push(new Date(one.time * 1000).toISOString().slice(0, 16).replace('T', ' ')); }
  if (one.latency !== undefined) { bits.push(shown(one.latency, 'ms')); }
  const bad = new Set(['fallback', 'silent', 'disliked', 'mismatch', 'unsafe', 'repeated', 'loops', 'ranked_wrong']);
  return el('div', { class: 'turn' },
    el('div', { class: 'meta' }, bits.join(' · '),
      one.tags.filter((tag) => has(`tag_${tag}`) || tag.startsWith('source:')).map((tag) => el('span', { class: `pill ${bad.has(tag) ? 'bad' : 'plain'}` }, tagName(tag)))),
    one.message ? el('div', { class: 'bubble user' }, one.message) : null,
    el('div', { class: `bubble bot${one.reply ? '' : ' none'}` }, one.reply || say('no_reply')),
    one.reason ? el('div', { class: 'reference' }, `${say('reason')}: ${one.reason}`) : null,
    (one.references ?? []).map((text) => el('div', { class: 'reference' }, `${say('reference')}: ${text}`)));
}
const see = (text, title, tags, keep) => found(tags, keep).length ? el('button', { class: 'see', onclick: () => open(title, tags, keep) }, text) : text;

// tables
function table(columns, rows, first) {
  let sorted = first ?? null, down = true;
  const body = el('tbody');
  const heads = columns.map((column, place) => el('th', { class: column.number ? 'num' : null, scope: 'col' },
    column.sort ? el('button', { onclick: () => { down = sorted === place ? !down : true; sorted = place; fill(); } }, column.name) : column.name));
  function fill() {
    const order = [...rows];
    if (sorted !== null && columns[sorted].sort) {
      const key = columns[sorted].sort;
      order.sort((one, two) => {
        const a = key(one), b = key(two);
        if (a === null || a === undefined) { return 1; }
        if (b === null || b === undefined) { return -1; }
        return (typeof a === 'string' ? a.localeCompare(b, language) : a - b) * (down ? -1 : 1);
      });
    }
    heads.forEach((head, place) => head.setAttribute('aria-sort', sorted === place ? (down ? 'descending' : 'ascending') : 'none'));
    body.replaceChildren(...order.map((row) => el('tr', {}, columns.map((column) => el('td', { class: [column.number ? 'num' : '', column.class ?? ''].join(' ').trim() || null }, column.cell(row))))));
  }
  fill();
  return el('div', { class: 'scroll' }, el('table', {}, el('thead', {}, el('tr', {}, heads)), body));
}

// plots
function picture(width, height, ...children) {
  return draw('svg', { viewBox: `0 0 ${width} ${height}`, width: '100%', role: 'img', preserveAspectRatio: 'xMidYMid meet' }, ...children);
}
function ticks(top, count = 4) {
  if (!(top > 0)) { return [0, 1]; }
  const rough = top / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((one) => one * power).find((one) => one >= rough);
  const made = [];
  for (let at = 0; at < top + step * .999; at += step) { made.push(at); }
  return made;
}
function intervalPlot(low, high, value, least, most, kind = '') {
  const width = 150, at = (x) => 8 + (width - 16) * (most > least ? (x - least) / (most - least) : .5);
  return draw('svg', { viewBox: `0 0 ${width} 18`, width, height: 18, 'aria-hidden': 'true' },
    draw('line', { class: 'grid', x1: 4, x2: width - 4, y1: 9, y2: 9 }),
    least < 0 && most > 0 ? draw('line', { class: 'zero', x1: at(0), x2: at(0), y1: 0, y2: 18 }) : null,
    low === null ? null : draw('line', { class: `whisker ${kind}`, x1: at(low), x2: at(high), y1: 9, y2: 9 }),
    draw('circle', { class: `point ${kind}`, cx: at(value), cy: 9, r: 4 }));
}
const WIDE = Math.max(320, Math.min(1100, document.documentElement.clientWidth - 90));
function timePlot(points, name, unit) {
  const width = WIDE, height = 250, left = 52, bottom = 26, top = 12, right = 14;
  const usable = points.filter((point) => name === 'turns' || point[name]);
  const value = (point) => name === 'turns' ? [point.turns, null, null] : point[name];
  const moments = usable.map((point) => Date.parse(point.day));
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  const most = Math.max(...usable.map((point) => value(point)[2] ?? value(point)[0]), 0);
  const steps = ticks(most || (unit === 'share' ? .01 : 1));
  const peak = steps.at(-1);
  const x = (moment) => left + (width - left - right) * (last > first ? (moment - first) / (last - first) : .5);
  const y = (one) => height - bottom - (height - bottom - top) * one / peak;
  const spots = usable.map((point, place) => [x(moments[place]), ...value(point).map((one) => one === null ? null : y(one))]);
  const banded = spots.filter((spot) => spot[2] !== null);
  const labels = [...new Set([0, .25, .5, .75, 1].map((share) => Math.round(share * (usable.length - 1))))].filter((_, n, all) => width > 520 || n % 2 === 0 || all.length < 3);
  return picture(width, height,
    steps.map((step) => [draw('line', { class: 'grid', x1: left, x2: width - right, y1: y(step), y2: y(step) }), draw('text', { x: left - 8, y: y(step) + 4, 'text-anchor': 'end' }, name === 'turns' ? whole(step) : shown(step, unit))]).flat(),
    labels.map((place) => draw('text', { x: spots[place][0], y: height - 6, 'text-anchor': spots[place][0] > width - 50 ? 'end' : spots[place][0] < left + 26 ? 'start' : 'middle' }, usable[place].day)),
    banded.length > 1 ? draw('path', { class: 'band', d: `M${banded.map((spot) => `${spot[0]},${spot[3]}`).join('L')}L${[...banded].reverse().map((spot) => `${spot[0]},${spot[2]}`).join('L')}Z` }) : null,
    draw('path', { class: 'curve', d: `M${spots.map((spot) => `${spot[0]},${spot[1]}`).join('L')}` }),
    usable.length <= 60 ? spots.map((spot) => draw('circle', { class: 'dot', cx: spot[0], cy: spot[1], r: 3.2 })) : [],
    spots.map((spot, place) => {
      const half = (width - left - right) / Math.max(1, usable.length - 1) / 2;
      const [at, low, high] = value(usable[place]);
      const text = `${usable[place].day}\n${name === 'turns' ? whole(at) : shown(at, unit)}${low === null ? '' : `  (${shown(low, unit)} – ${shown(high, unit)})`}\n${say('of_turns', { count: whole(usable[place].turns) })}`;
      return hover(draw('rect', { class: 'hot', x: spot[0] - Math.max(half, 4), y: 0, width: Math.max(half * 2, 8), height }), text);
    }));
}
function barPlot(bars, unit, marks) {
  const width = 520, height = 190, left = 10, bottom = 26, top = 26;
  const most = Math.max(...bars.map((bar) => bar[1]));
  const each = (width - left * 2) / bars.length;
  const total = bars.reduce((sum, bar) => sum + bar[1], 0);
  const at = (value) => { const place = bars.findIndex((bar) => bar[0] >= value * .92); return left + each * ((place < 0 ? bars.length - 1 : place) + .5); };
  const labels = bars.map((_, place) => place).filter((place) => place % Math.max(1, Math.ceil(bars.length / 6)) === 0);
  const lines = marks.filter((mark) => mark[1] !== null);
  return picture(width, height,
    draw('line', { class: 'grid', x1: left, x2: width - left, y1: height - bottom, y2: height - bottom }),
    bars.map((bar, place) => {
      const tall = Math.max(1.5, (height - bottom - top) * bar[1] / most);
      return hover(draw('rect', { class: 'col', x: left + each * place + each * .1, y: height - bottom - tall, width: Math.max(1, each * .8), height: tall, rx: Math.min(3, each * .2) }),
        `≈ ${shown(bar[0], unit)}\n${say('of_turns', { count: whole(bar[1]) })} (${shown(bar[1] / total, 'share')})`);
    }),
    labels.map((place) => draw('text', { x: left + each * (place + .5), y: height - 8, 'text-anchor': 'middle' }, unit === 'number' ? whole(bars[place][0]) : shown(bars[place][0], unit))),
    lines.map(([name, value], place) => [draw('line', { class: 'zero', x1: at(value), x2: at(value), y1: top - 4, y2: height - bottom }), draw('text', { x: at(value) + (at(value) > width - 60 ? -4 : 4), y: 10 + (place % 2) * 12, 'text-anchor': at(value) > width - 60 ? 'end' : 'start' }, `${name} ${shown(value, unit)}`)]).flat());
}
function reliabilityPlot(bins) {
  const size = 340, edge = 40, at = (share) => edge + (size - edge - 26) * share, up = (share) => size - edge - (size - edge - 16) * share;
  const most = Math.max(...bins.map((bin) => bin.count));
  const plot = picture(size, size,
    [0, .25, .5, .75, 1].map((share) => [draw('line', { class: 'grid', x1: at(0), x2: at(1), y1: up(share), y2: up(share) }), draw('text', { x: edge - 8, y: up(share) + 4, 'text-anchor': 'end' }, `${share * 100}%`), draw('text', { x: at(share), y: size - edge + 18, 'text-anchor': 'middle' }, `${share * 100}%`)]).flat(),
    draw('line', { class: 'zero', x1: at(0), y1: up(0), x2: at(1), y2: up(1) }),
    draw('path', { class: 'curve', d: `M${bins.map((bin) => `${at(bin.score)},${up(bin.right)}`).join('L')}` }),
    bins.map((bin) => {
      const spot = draw('circle', { class: 'dot', cx: at(bin.score), cy: up(bin.right), r: 4 + 9 * Math.sqrt(bin.count / most), style: 'cursor:pointer' });
      spot.addEventListener('click', () => open(tagName(bin.tag), [bin.tag]));
      return hover(spot, `${say('score')} ${shown(bin.score, 'share')}\n${say('right_share')} ${shown(bin.right, 'share')}\n${say('scores_in_bin', { count: whole(bin.count) })}`);
    }),
    draw('text', { x: at(.5), y: size - 4, 'text-anchor': 'middle' }, say('score_axis')));
  plot.style.maxWidth = '420px';
  plot.style.margin = '0 auto';
  return plot;
}

function questionMap(points) {
  const width = WIDE, height = Math.min(520, WIDE * .6), edge = 14;
  const most = Math.max(...points.map((point) => point.count));
  // The unanswered are drawn last, on top of the others.
  const ordered = [...points].sort((one, two) => one.unanswered - two.unanswered);
  return picture(width, height, ordered.map((point) => {
    const spot = draw('circle', { class: point.unanswered ? 'spot bad' : 'spot', cx: edge + (width - 2 * edge) * point.x, cy: edge + (height - 2 * edge) * point.y, r: 3 + 9 * Math.sqrt(point.count / most) });
    return hover(spot, `${point.text}\n× ${whole(point.count)}${point.unanswered ? `\n${say('not_answered', { count: whole(point.unanswered) })}` : ''}`);
  }));
}
function confidencePlot(bins) {
  const width = 520, height = 200, left = 36, bottom = 26, top = 12;
  const most = Math.max(...bins.map((bin) => Math.max(bin.right, bin.wrong)), 1);
  const each = (width - left - 8) / bins.length, tall = (count) => (height - bottom - top) * count / most;
  const plot = picture(width, height,
    ticks(most).filter((step) => step <= most * 1.05).map((step) => [draw('line', { class: 'grid', x1: left, x2: width - 8, y1: height - bottom - tall(step), y2: height - bottom - tall(step) }), draw('text', { x: left - 6, y: height - bottom - tall(step) + 4, 'text-anchor': 'end' }, whole(step))]).flat(),
    bins.map((bin, place) => [['right', 'col'], ['wrong', 'col bad']].map(([name, kind], side) => hover(
      draw('rect', { class: kind, x: left + each * place + each * (.08 + .42 * side), y: height - bottom - tall(bin[name]), width: each * .4, height: Math.max(tall(bin[name]), bin[name] ? 1.5 : 0), rx: 2 }),
      `${say('scored', { from: bin.threshold, to: (bin.threshold * 10 + 1) / 10 })}\n${say(`${name}_replies`)} ${whole(bin[name])}`))).flat(),
    bins.map((bin, place) => draw('text', { x: left + each * place, y: height - 8, 'text-anchor': 'middle' }, String(bin.threshold))));
  plot.style.maxWidth = '640px';
  return plot;
}
function thresholdCard() {
  const bins = result.thresholds;
  if (!bins.length) { return null; }
  const all = bins[0].answered;
  return card(say('thresholds'), el('p', { class: 'lead' }, say('thresholds_hint')), confidencePlot(bins), table([
    { name: say('threshold'), number: true, cell: (bin) => String(bin.threshold) },
    { name: say('answered_above'), number: true, cell: (bin) => shown(bin.answered / all, 'share') },
    { name: say('right_above'), number: true, cell: (bin) => bin.answered ? shown(bin.answered_right / bin.answered, 'share') : '–' },
    { name: say('wrong_above'), number: true, cell: (bin) => whole(bin.answered - bin.answered_right) },
  ], bins));
}

// the page
const metricName = (name) => say(`m_${name}`);
function tile(name, one) {
  const [value, unit] = parts(one.value, one.unit);
  return el('button', { class: 'tile', onclick: () => open(metricName(name), one.tags) },
    el('span', { class: 'name' }, metricName(name)),
    el('span', { class: 'value' }, value, el('small', {}, unit)),
    el('span', { class: 'range' }, one.low === null ? say('of', { count: whole(one.count) }) : range(one)));
}
function plain(key, value, tags) {
  return el('button', { class: 'tile', onclick: () => open(say(key), tags) }, el('span', { class: 'name' }, say(key)), el('span', { class: 'value' }, whole(value)), el('span', { class: 'range' }, say(`${key}_hint`)));
}
const TILES = ['fallback_rate', 'liked_share', 'repeated_rate', 'mismatch_rate', 'latency_p50', 'chrf', 'recall_at_1', 'calibration_error', 'vqa_accuracy', 'unsafe_rate', 'asked_again_rate', 'distinct_2_zh', 'distinct_2_en', 'reply_length'];
function metricTable(group) {
  const rows = Object.entries(result.metrics).filter(([, one]) => one.group === group);
  return table([
    { name: say('number'), class: 'name', sort: ([name]) => metricName(name), cell: ([name]) => [metricName(name), el('span', { class: 'hint' }, say(`h_${name}`))] },
    { name: say('value'), number: true, cell: ([name, one]) => see(shown(one.value, one.unit), metricName(name), one.tags) },
    { name: say('interval'), cell: ([, one]) => one.low === null ? el('span', { class: 'quiet' }, say('no_interval')) : hover(el('span', {}, intervalPlot(one.low, one.high, one.value, one.unit === 'share' ? 0 : Math.min(0, one.low), one.unit === 'share' ? 1 : one.unit === 'score' ? 100 : one.high * 1.25 || 1)), `${shown(one.value, one.unit)}\n95%: ${range(one)}`) },
    { name: '95%', class: 'quiet', cell: ([, one]) => range(one) },
    { name: say('of_how_many'), number: true, sort: ([, one]) => one.count, cell: ([, one]) => whole(one.count) },
    { name: say('better'), cell: ([, one]) => one.better ? say(one.better > 0 ? 'more' : 'less') : '' },
  ], rows);
}
function section(id, ...children) {
  const kept = children.flat().filter(Boolean);
  return kept.length ? el('section', { id }, el('h2', {}, say(id)), el('p', { class: 'lead' }, say(`${id}_lead`)), ...kept) : null;
}
const card = (title, ...children) => el('div', { class: 'card' }, title ? el('h3', {}, title) : null, ...children);
function long(rows, make, count = 12) {
  const box = el('div'), button = el('button', { class: 'more', onclick: () => fill(rows.length) }, say('show_all', { count: whole(rows.length) }));
  function fill(many) { box.replaceChildren(...rows.slice(0, many).map(make)); button.hidden = many >= rows.length; }
  fill(count);
  return [box, button];
}
function timeCard() {
  const { points, step } = result.days;
  if (points.length < 2) { return null; }
  const names = ['turns', 'fallback_rate', 'disliked', 'liked', 'mismatch_rate', 'repeated_rate', 'latency_mean'].filter((name) => name === 'turns' || points.filter((point) => point[name]).length > 1 && points.some((point) => point[name] && point[name][0] > 0));
  const units = { turns: 'number', latency_mean: 'ms' };
  const box = el('div'), tabs = el('div', { class: 'tabs' });
  const choose = (name) => {
    box.replaceChildren(timePlot(points, name, units[name] ?? 'share'));
    for (const button of tabs.children) { button.setAttribute('aria-pressed', String(button.dataset.name === name)); }
  };
  tabs.append(...names.map((name) => el('button', { 'data-name': name, onclick: () => choose(name) }, say(`d_${name}`))));
  choose(names[Math.min(1, names.length - 1)]);
  return card(say('over_time', { step: say(`step_${step}`) }), tabs, box);
}
function sourcesCard() {
  if (!result.sources.length) { return null; }
  const timed = result.sources.some((one) => one.p50 !== null && one.p50 !== undefined);
  return card(say('by_source'), table([
    { name: say('source'), class: 'name', sort: (one) => one.name, cell: (one) => one.name },
    { name: say('share'), sort: (one) => one.turns, cell: (one) => hover(el('span', {}, el('span', { class: 'meter' }, el('i', { style: `width:${one.share * 100}%` })), el('span', { class: 'quiet' }, shown(one.share, 'share'))), `${shown(one.share, 'share')}${one.low === null ? '' : `\n95%: ${shown(one.low, 'share')} – ${shown(one.high, 'share')}`}`) },
    { name: say('turns'), number: true, sort: (one) => one.turns, cell: (one) => see(whole(one.turns), one.name, one.tag ? [one.tag] : []) },
    { name: say('liked'), number: true, sort: (one) => one.liked, cell: (one) => see(whole(one.liked), one.name, ['liked'], (turn) => turn.source === one.name) },
    { name: say('disliked'), number: true, sort: (one) => one.disliked, cell: (one) => see(whole(one.disliked), one.name, ['disliked'], (turn) => turn.source === one.name) },
    { name: say('length'), number: true, sort: (one) => one.length, cell: (one) => shown(one.length, 'number') },
    ...(timed ? ['p50', 'p90', 'p99'].map((name) => ({ name, number: true, sort: (one) => one[name], cell: (one) => shown(one[name], 'ms') })) : []),
  ], result.sources, 2));
}
function histogramCard(name, unit) {
  const one = result.percentiles[name];
  return one && one.histogram.length > 1 ? card(say(`hist_${name}`), barPlot(one.histogram, unit, ['p50', 'p90', 'p99'].map((key) => [key, one[key]]))) : null;
}
function replayedCard(one) {
  const rows = Object.entries(one.replayed).filter(([, row]) => row.group === 'right');
  return rows.length && !Object.keys(one.metrics).length ? card(say('replayed'), table([
    { name: say('number'), class: 'name', cell: ([name]) => [metricName(name), el('span', { class: 'hint' }, say(`h_${name}`))] },
    { name: say('value'), number: true, cell: ([, row]) => shown(row.value, row.unit) },
    { name: '95%', class: 'quiet', cell: ([, row]) => range(row) },
    { name: say('of_how_many'), number: true, cell: ([, row]) => whole(row.count) },
  ], rows)) : null;
}
function comparisonSection() {
  const one = result.comparison;
  if (!one) { return null; }
  const judged = one.wins + one.losses + one.ties;
  const kind = (row) => row.verdict > 0 ? 'good' : row.verdict < 0 ? 'bad' : '';
  const rows = Object.entries(one.metrics);
  const block = (name, count) => count ? hover(el('span', { class: name, style: `flex:${count}` }, count / judged > .07 ? `${say(name)} ${whole(count)}` : ''), `${say(name)} ${whole(count)}`) : null;
  return section('compared',
    el('div', { class: 'stack' },
      replayedCard(one),
      !rows.length ? null : card(say('judged', { count: whole(judged), aligned: whole(one.aligned), old: one.old, new: one.new }),
        judged ? el('div', { class: 'score' }, block('win', one.wins), block('tie', one.ties), block('loss', one.losses)) : null,
        el('p', { class: 'lead', style: 'margin:12px 0 0' }, say('judged_by'))),
      !rows.length ? null : card(say('differences'), table([
        { name: say('number'), class: 'name', sort: ([name]) => metricName(name), cell: ([name]) => metricName(name) },
        { name: say('before'), number: true, cell: ([, row]) => shown(row.old, row.unit) },
        { name: say('after'), number: true, cell: ([, row]) => shown(row.new, row.unit) },
        { name: say('difference'), number: true, sort: ([, row]) => Math.abs(row.value), cell: ([, row]) => el('span', { class: kind(row) }, `${row.value > 0 ? '+' : ''}${shown(row.value, row.unit)}`) },
        { name: say('interval'), cell: ([, row]) => { const most = Math.max(Math.abs(row.low), Math.abs(row.high)) * 1.15 || 1; return hover(el('span', {}, intervalPlot(row.low, row.high, row.value, -most, most, kind(row))), `95%: ${range(row)}`); } },
        { name: '95%', class: 'quiet', cell: ([, row]) => range(row) },
        { name: say('verdict'), cell: ([, row]) => el('span', { class: kind(row) || 'even' }, say(row.verdict > 0 ? 'is_better' : row.verdict < 0 ? 'is_worse' : row.low <= 0 && row.high >= 0 ? 'no_difference' : 'is_different')) },
      ], rows)),
      one.changes.length ? card(say('changes'), el('div', { class: 'pairs' }, one.changes.map((change) => el('div', { class: 'pair' },
        el('div', {}, el('span', { class: `pill ${change.difference < 0 ? 'bad' : ''}` }, `${change.difference > 0 ? '+' : ''}${change.difference.toFixed(2)}`), ' ', el('span', { class: 'said' }, change.message)),
        el('div', { class: 'sides' },
          el('div', { class: 'side' }, el('span', { class: 'label' }, `${say('before')} · ${change.old_quality.toFixed(2)}`), el('div', { class: 'said' }, change.old || say('no_reply'))),
          el('div', { class: 'side' }, el('span', { class: 'label' }, `${say('after')} · ${change.new_quality.toFixed(2)}`), el('div', { class: 'said' }, change.new || say('no_reply')))),
        change.reference ? el('div', { class: 'reference' }, `${say('reference')}: ${change.reference}`) : null)))) : null));
}
const bare = (text) => text.slice(0, 400).toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
function nextSection() {
  const cards = [];
  if (result.unanswered.length) {
    const save = () => {
      const link = el('a', { download: 'unanswered.csv', href: URL.createObjectURL(new Blob(['\ufeff', sheet], { type: 'text/csv' })) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    };
    cards.push(el('div', { class: 'card' },
      el('div', { class: 'toolbar' }, el('h3', {}, say('unanswered')), el('button', { class: 'download', onclick: save }, say('download_sheet'))),
      el('p', { class: 'lead' }, say('sheet_hint')),
      ...long(result.unanswered, (group) => el('details', { class: 'group' },
        el('summary', {}, el('span', { class: 'count' }, whole(group.count)), el('span', { class: 'what' }, group.questions[0].text, el('small', {}, [group.name, group.phrasings > 1 ? say('phrasings', { count: whole(group.phrasings) }) : ''].filter(Boolean).join('  —  ')))),
        el('ul', {}, group.questions.map((one) => el('li', {}, `${one.text} `, el('span', { class: 'quiet' }, '× ', see(whole(one.count), one.text, ['fallback', 'silent'], (turn) => bare(turn.message) === bare(one.text))))))))));
  }
  if (result.map.length) {
    cards.push(card(say('map'), el('p', { class: 'lead' }, say('map_hint', { count: whole(result.map.length) })), questionMap(result.map)));
  }
  if (result.confusions.length) {
    cards.push(card(say('confusions'), table([
      { name: say('times'), number: true, sort: (one) => one.count, cell: (one) => whole(one.count) },
      { name: say('question'), class: 'wide', cell: (one) => one.question },
      ...['chosen', 'right'].map((side) => ({ name: say(`${side}_entry`), class: 'wide', cell: (one) => [one[side].reply, el('span', { class: 'hint' }, one[side].entry)] })),
    ], result.confusions.slice(0, 50), 0)));
  }
  if (result.entries.length) {
    cards.push(card(say('disliked_entries'), table([
      { name: say('disliked'), number: true, sort: (one) => one.disliked, cell: (one) => see(whole(one.disliked), one.entry, ['disliked'], (turn) => turn.entry === one.entry) },
      { name: say('liked'), number: true, sort: (one) => one.liked, cell: (one) => whole(one.liked) },
      { name: say('turns'), number: true, sort: (one) => one.turns, cell: (one) => whole(one.turns) },
      { name: say('entry'), class: 'wide', sort: (one) => one.entry, cell: (one) => [one.question || one.entry, el('span', { class: 'hint' }, one.entry)] },
      { name: say('reply'), class: 'wide', cell: (one) => one.reply },
    ], result.entries.slice(0, 50), 0)));
  }
  if (result.fights.length) {
    cards.push(card(say('fights'), table([
      { name: say('times'), number: true, sort: (one) => one.count, cell: (one) => see(whole(one.count), one.question, ['fight'], (turn) => one.entries.some((entry) => entry.entry === turn.entry)) },
      { name: say('question'), class: 'wide', cell: (one) => one.question },
      ...[0, 1].map((place) => ({ name: say(place ? 'second_entry' : 'first_entry'), class: 'wide', cell: (one) => [one.entries[place].reply, el('span', { class: 'hint' }, one.entries[place].entry)] })),
    ], result.fights.slice(0, 50), 0)));
  }
  if (result.reasons.length) {
    cards.push(card(say('reasons'), table([
      { name: say('times'), number: true, sort: (one) => one.count, cell: (one) => see(whole(one.count), one.reason, ['disliked'], (turn) => turn.reason && turn.reason.toLowerCase().startsWith(one.reason.toLowerCase())) },
      { name: say('reason'), class: 'wide', cell: (one) => one.reason },
    ], result.reasons, 0)));
  }
  return section('next', cards.length ? el('div', { class: 'stack' }, cards) : null);
}
function readingSection() {
  const { counts } = result, notes = [];
  for (const key of ['refused', 'undecided', 'refused_files', 'disordered', 'repeated_ids']) { if (counts[key]) { notes.push(el('li', {}, say(`n_${key}`, { count: whole(counts[key]) }))); } }
  for (const one of result.readings) { notes.push(el('li', {}, `${one.file}: ${one.reading}`)); }
  if (!notes.length) { return null; }
  return section('reading', card(null, el('ul', { style: 'margin:0;padding-left:1.2em' }, notes),
    result.refused.length ? table([
      { name: say('place'), cell: (one) => one.place }, { name: say('why'), class: 'wide', cell: (one) => one.why }, { name: say('given'), class: 'wide', cell: (one) => one.given },
    ], result.refused) : null,
    result.refused_files.length ? table([{ name: say('file'), class: 'wide', cell: (one) => one.file }, { name: say('why'), class: 'wide', cell: (one) => one.why }], result.refused_files.slice(0, 20)) : null));
}
function page() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = say('title');
  const { counts, period } = result;
  const logo = draw('svg', { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    draw('path', { fill: 'var(--accent)', d: 'M6 4h20a4 4 0 0 1 4 4v12a4 4 0 0 1-4 4H15l-7 6v-6H6a4 4 0 0 1-4-4V8a4 4 0 0 1 4-4z' }), draw('circle', { fill: 'var(--card)', cx: 16, cy: 14, r: 4 }));
  const days = period.length ? [...new Set(period.map((moment) => moment.slice(0, 10)))].join(' – ') : '';
  const right = Object.values(result.metrics).some((one) => one.group === 'right');
  const sections = [
    section('said', el('div', { class: 'stack' },
      el('div', { class: 'tiles' }, plain('turns_read', counts.turns, ['turns']), TILES.filter((name) => result.metrics[name]).slice(0, 11).map((name) => tile(name, result.metrics[name]))),
      timeCard(), sourcesCard(), card(say('all_numbers'), metricTable('said')),
      el('div', { class: 'two' }, histogramCard('latency', 'ms'), histogramCard('reply_chars', 'number'), histogramCard('message_chars', 'number')))),
    right ? section('right', el('div', { class: 'stack' }, card(null, metricTable('right')), result.calibration.length > 1 ? card(say('reliability'), el('p', { class: 'lead' }, say('reliability_hint')), reliabilityPlot(result.calibration)) : null, thresholdCard())) : null,
    comparisonSection(), nextSection(), readingSection(),
  ].filter(Boolean);
  const other = language === 'zh' ? 'en' : 'zh';
  const change = () => { language = other; try { localStorage.setItem('kanliao-report', other); } catch { /* as above */ } page(); };
  document.getElementById('page').replaceChildren(
    el('div', { class: 'bar' }, el('div', {}, el('span', { class: 'mark' }, logo, say('brand')),
      el('nav', {}, sections.map((one) => el('a', { href: `#${one.id}` }, say(one.id)))),
      el('button', { class: 'switch', lang: other, onclick: change }, words[other].self))),
    el('main', {},
      el('header', {}, el('h1', {}, say('title')),
        el('p', {}, [say('summary', { turns: whole(counts.turns), conversations: whole(counts.conversations) }), days, say(result.masked ? 'masked' : 'unmasked')].filter(Boolean).join('  ·  ')),
        el('p', { class: 'files' }, result.files.join(', '))),
      sections,
      el('footer', {}, say('footer', { rounds: 1000 }))));
}
page();
