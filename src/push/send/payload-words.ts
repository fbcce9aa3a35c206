/** What a push says of itself, besides the newsroom's own text. */
export type PushWords = {
  /** Stands before the headline of a correction. */
  readonly correction: string
  /** Stands before the headline of a retraction. */
  readonly retraction: string
  /** All that a discreet push shows: nothing that says news. */
  readonly discreet: string
  /** The notification that a reader sends themself to try it out. */
  readonly test: string
}

const english = words('Correction', 'Retracted', 'One new item', 'Test notification')

const known: Readonly<Record<string, PushWords>> = {
  en: english,
  fa: words('اصلاحیه', 'پس گرفته شد', 'یک مورد تازه', 'اعلان آزمایشی'),
  prs: words('اصلاحیه', 'پس گرفته شد', 'یک مورد تازه', 'اعلان آزمایشی'),
  ps: words('سمونه', 'بېرته اخیستل شوی', 'یوه نوې خبرتیا', 'ازمایښتي خبرتیا'),
  ur: words('تصحیح', 'واپس لے لی گئی', 'ایک نئی اطلاع', 'آزمائشی اطلاع'),
  ar: words('تصحيح', 'تم السحب', 'إشعار جديد', 'إشعار تجريبي'),
  ru: words('Исправление', 'Отозвано', 'Одно новое сообщение', 'Пробное уведомление'),
  uk: words('Виправлення', 'Відкликано', 'Одне нове повідомлення', 'Пробне сповіщення'),
  be: words('Выпраўленне', 'Адклікана', 'Адно новае паведамленне', 'Пробнае апавяшчэнне'),
  ro: words('Rectificare', 'Retras', 'O notificare nouă', 'Notificare de test'),
  bg: words('Поправка', 'Оттеглено', 'Едно ново известие', 'Пробно известие'),
  hu: words('Helyesbítés', 'Visszavonva', 'Egy új értesítés', 'Próbaértesítés'),
  'sr-Latn': words('Ispravka', 'Povučeno', 'Jedno novo obaveštenje', 'Probno obaveštenje'),
  sr: words('Исправка', 'Повучено', 'Једно ново обавештење', 'Пробно обавештење'),
  bs: words('Ispravka', 'Povučeno', 'Jedno novo obavještenje', 'Probno obavještenje'),
  mk: words('Исправка', 'Повлечено', 'Едно ново известување', 'Пробно известување'),
  sq: words('Korrigjim', 'Tërhequr', 'Një njoftim i ri', 'Njoftim prove'),
  ka: words('შესწორება', 'გაუქმებულია', 'ერთი ახალი შეტყობინება', 'სატესტო შეტყობინება'),
  hy: words('Ուղղում', 'Հետ է կանչվել', 'Մեկ նոր ծանուցում', 'Փորձնական ծանուցում'),
  az: words('Düzəliş', 'Geri götürülüb', 'Bir yeni bildiriş', 'Sınaq bildirişi'),
  kk: words('Түзету', 'Қайтарып алынды', 'Бір жаңа хабарландыру', 'Сынақ хабарландыруы'),
  ky: words('Оңдоо', 'Кайтарылып алынды', 'Бир жаңы билдирүү', 'Сынак билдирүү'),
  tg: words('Ислоҳ', 'Бозпас гирифта шуд', 'Як огоҳии нав', 'Огоҳии санҷишӣ'),
  tk: words('Düzediş', 'Yzyna alyndy', 'Bir täze habarnama', 'Synag habarnamasy'),
  uz: words('Tuzatish', 'Qaytarib olindi', 'Bitta yangi xabarnoma', 'Sinov xabarnomasi'),
  tt: words('Төзәтмә', 'Кире алынды', 'Бер яңа белдерү', 'Сынау белдерүе'),
  ba: words('Төҙәтмә', 'Кире алынды', 'Бер яңы белдереү', 'Һынау белдереүе'),
  ce: words('Нисдар', 'Юхаэцна', 'Цхьа керла хаам', 'Зеран хаам'),
  crh: words('Tüzetme', 'Keri alındı', 'Bir yañı bildirüv', 'Sınav bildirüvi'),
}

/** The words in a language; in English where we have no other. */
export function pushWords(language: string): PushWords {
  return Object.hasOwn(known, language) ? (known[language] ?? english) : english
}

function words(correction: string, retraction: string, discreet: string, test: string): PushWords {
  return { correction, retraction, discreet, test }
}
