import built from '#built' with { type: 'json' }

// What `npm run build` has made of the readers' style sheet and scripts.

/** The style sheet, which stands in each page: a reader on a slow network waits for nothing more. */
export const readerStyle: string = built.style

/** What the content security policy says of it. */
export const readerStyleSource = `'sha256-${built.styleHash}'`

/** The script that stands in each page and loads the page's own. */
export const pageLoader: string = built.loader

/** What the content security policy says of it. */
export const pageLoaderSource = `'sha256-${built.loaderHash}'`

/** The address of the script, which changes with what is in it, and those of what it imports. */
export const readerScript: readonly string[] = built.readerScript

/** That of the permanent pages of alerts. */
export const alertScript: readonly string[] = built.alertScript

/** That of the readers' other pages. */
export const plainScript: readonly string[] = built.plainScript
