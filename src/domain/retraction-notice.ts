const notices: Readonly<Record<string, string>> = {
  ar: 'كان هذا التنبيه خاطئًا وقد سُحب.',
  az: 'Bu bildiriş səhv idi və geri götürüldü.',
  be: 'Гэтае паведамленне было памылковым і адклікана.',
  bg: 'Това съобщение беше грешно и е оттеглено.',
  bs: 'Ovo obavještenje je bilo pogrešno i povučeno je.',
  en: 'This alert was wrong and has been withdrawn.',
  fa: 'این هشدار نادرست بود و پس گرفته شد.',
  hu: 'Ez az értesítés téves volt, ezért visszavontuk.',
  hy: 'Այս ահազանգը սխալ էր և հետ է կանչվել։',
  ka: 'ეს შეტყობინება მცდარი იყო და გაწვეულია.',
  kk: 'Бұл хабарлама қате болды, сондықтан қайтарып алынды.',
  ky: 'Бул билдирүү ката болгон жана кайтарып алынды.',
  mk: 'Ова известување беше погрешно и е повлечено.',
  prs: 'این هشدار نادرست بود و پس گرفته شد.',
  ro: 'Această alertă a fost greșită și a fost retrasă.',
  ru: 'Это сообщение было ошибочным и отозвано.',
  sq: 'Ky njoftim ishte i gabuar dhe është tërhequr.',
  sr: 'Ово обавештење је било погрешно и повучено је.',
  tg: 'Ин хабар нодуруст буд ва бозпас гирифта шуд.',
  uk: 'Це повідомлення було помилковим і його відкликано.',
  ur: 'یہ الرٹ غلط تھا اور واپس لے لیا گیا ہے۔',
  uz: 'Bu xabar xato edi va qaytarib olindi.',
  'sr-Latn': 'Ovo obaveštenje je bilo pogrešno i povučeno je.',
}

/** What is said of a retracted alert in a language whose note nobody wrote; undefined where we do not have the words. */
export function retractionNotice(language: string): string | undefined {
  return Object.hasOwn(notices, language) ? notices[language] : undefined
}
