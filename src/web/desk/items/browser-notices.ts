import { deskLanguage, t } from '../state/desk-words.ts'
import { ApprovalNotices } from './approval-notices.ts'

/** The notifications of this browser. */
export function browserNotices(): ApprovalNotices {
  return new ApprovalNotices({ notification: globalThis.Notification, storage: storageOf(), show: showNotice })
}

/** Shows a notification that says only that something waits: screens are read by others too. */
function showNotice(tag: string): void {
  try {
    const notice = new Notification(t('noticeTitle'), { tag, lang: deskLanguage() })
    notice.onclick = () => {
      focus()
      document.getElementById('waiting-title')?.focus()
    }
  } catch {
    // Chrome on Android shows notifications of service workers only; the list shows what waits.
  }
}

/** Where the browser keeps choices; null: nowhere. */
export function storageOf(): Storage | null {
  try {
    return localStorage
  } catch {
    return null
  }
}
