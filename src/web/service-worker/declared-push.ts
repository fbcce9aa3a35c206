/** A push as WebKit fires it for a declarative message: the notification it would show is in the event. */
export type DeclarativePush = PushEvent & { readonly notification?: Notification | null }

/** The payload of a declarative push, as far as the notification in its event holds it; null: there is none. */
export function declaredPayload({ notification }: DeclarativePush): unknown {
  if (!notification) return null
  const { title, body, tag, lang, dir, silent, data } = notification
  const navigate = 'navigate' in notification ? notification.navigate : ''
  return { notification: { title, body, tag, lang, dir, silent, data, navigate } }
}
