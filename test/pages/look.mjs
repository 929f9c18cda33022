/** Bounds of a text hold more than what is seen of it. */
const slack = 2

/** @param {DOMRect} one @param {DOMRect} other */
const meets = (one, other) =>
  one.left + slack < other.right &&
  other.left + slack < one.right &&
  one.top + slack < other.bottom &&
  other.top + slack < one.bottom

/** @param {DOMRect} inner @param {DOMRect} outer */
const isWithin = (inner, outer) =>
  inner.left > outer.left - 1 &&
  inner.right < outer.right + 1 &&
  inner.top > outer.top - 1 &&
  inner.bottom < outer.bottom + 1

/** How much lighter one colour is than the other, by WCAG 2. @param {string} one @param {string} other */
function contrast(one, other) {
  const lights = [one, other].map((colour) => {
    const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
      const value = Number(part) / 255
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  })
  return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05)
}

function* inChart(chart) {
  const name = chart.querySelector('title').textContent
  const texts = [...chart.querySelectorAll('text')].map((text) => ({
    said: text.firstChild?.textContent ?? '',
    box: text.getBoundingClientRect(),
  }))
  const frame = chart.getBoundingClientRect()
  for (const [index, { said, box }] of texts.entries()) {
    if (!isWithin(box, frame)) yield `${name}: '${said}' is outside`
    for (const other of texts.slice(index + 1)) {
      if (meets(box, other.box)) yield `${name}: '${said}' and '${other.said}' meet`
    }
  }
  for (const mark of chart.querySelectorAll('.line, .mark, .block, .usual, .span, .shade')) {
    if (!isWithin(mark.getBoundingClientRect(), frame)) yield `${name}: a ${mark.classList[0]} is outside`
  }
  const ground = getComputedStyle(chart.querySelector('.ground')).fill
  for (const text of chart.querySelectorAll('text:not(.on)')) {
    const found = contrast(getComputedStyle(text).fill, ground)
    if (found < 4.5) yield `${name}: a text has a contrast of ${found}`
  }
  for (const text of chart.querySelectorAll('text.on')) {
    const found = contrast(getComputedStyle(text).fill, getComputedStyle(chart.querySelector('.block')).fill)
    if (found < 4.5) yield `${name}: a text on a block has a contrast of ${found}`
  }
  for (const line of chart.querySelectorAll('.line')) {
    const found = contrast(getComputedStyle(line).stroke, ground)
    if (found < 3) yield `${name}: a line has a contrast of ${found}`
  }
}

function* inPage() {
  const { scrollWidth, clientWidth } = document.documentElement
  if (scrollWidth > clientWidth) yield `the page is ${scrollWidth - clientWidth} wider than the window`
  const ground = getComputedStyle(document.body).backgroundColor
  for (const each of document.querySelectorAll(
    'h1, h2, h3, p, p span, dt, dd, small, caption, th, td, summary',
  )) {
    const said = each.textContent.slice(0, 40)
    if (each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 0) yield `'${said}' does not fit`
    const found = contrast(getComputedStyle(each).color, ground)
    if (found < 4.5) yield `${each.localName} has a contrast of ${found}`
  }
  for (const chart of document.querySelectorAll('svg.chart')) yield* inChart(chart)
}

/** What is wrong with how a page looks, each once. */
function look() {
  for (const details of document.querySelectorAll('details')) details.open = true
  return [...new Set(inPage())]
}

// What a script comes to is what its last statement does.
look()
