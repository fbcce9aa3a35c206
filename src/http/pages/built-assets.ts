import built from '#built' with { type: 'json' }

// What `npm run build` has made of the readers' style sheet and scripts.

/** The style sheet, which stands in each page: a reader on a slow network waits for nothing more. */
export const readerStyle: string = built.style

/** What the content security policy says of it. */
export const readerStyleSource = `'sha256-${built.styleHash}'`

/** The address of the script, which changes with what is in it. */
export const readerScript: string = built.readerScript

/** That of the permanent pages of alerts. */
export const alertScript: string = built.alertScript

/** That of the readers' other pages. */
export const plainScript: string = built.plainScript
