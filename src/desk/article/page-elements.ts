/** The attributes of an element, their names in lower case. */
export type Attributes = Readonly<Record<string, string>>

const attributeCharsMax = 4_096
const names = (text: string): ReadonlySet<string> => new Set(text.split(' '))
/** Elements of which nothing is an article's text. */
const skipped = names(
  'script style noscript template nav footer aside button select textarea svg math iframe object dialog figcaption',
)
/** Elements that stand within a line. All others end it. */
const inline = names(
  'a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rp rt ruby s samp small script span strike strong style sub sup template time tt u var wbr img',
)
const notArticle = names('navigation banner complementary contentinfo search dialog alertdialog menu menubar toolbar')
const unlikely =
  /(?:^|[\s_-])(?:cookies?|consent|gdpr|newsletter|subscribe|related|recommended|promo|share|sharing|social|comments?|breadcrumbs?|advert\w*|sponsor\w*|sidebar|skip-?link|caption|byline|copyright)(?:$|[\s_-])/i
const likely = /article|body|content|main|page|post|story/i

const voids = names(
  'area base basefont br col command embed frame hr img input isindex keygen link meta param source track wbr',
)

/** An attribute's value, at most so long that a page's text cannot be hidden in it; empty where it is not there. */
export function attributeOf(attributes: Attributes, name: string): string {
  return Object.hasOwn(attributes, name) ? (attributes[name] ?? '').slice(0, attributeCharsMax) : ''
}

/** Whether an element stands within a line. */
export function isInline(name: string): boolean {
  return inline.has(name)
}

/** Whether an element has no content. The same that the parser knows of. */
export function isVoid(name: string): boolean {
  return voids.has(name)
}

/** Whether what is in an element is no text of an article: a menu, a script, a form's field, what is not shown, what its class names so. */
export function isSkipped(name: string, attributes: Attributes): boolean {
  const of = (attribute: string) => attributeOf(attributes, attribute)
  if (skipped.has(name) || notArticle.has(of('role').trim().toLowerCase())) return true
  if (Object.hasOwn(attributes, 'hidden') || of('aria-hidden') === 'true') return true
  if (/display\s*:\s*none|visibility\s*:\s*hidden/i.test(of('style'))) return true
  const called = `${of('class')} ${of('id')}`
  return unlikely.test(called) && !likely.test(called)
}
