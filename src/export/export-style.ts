/**
 * The style of exported pages, which stands in each of them: a part of that of the readers' pages, because a mirror may lie
 * behind a network that lets little through. Text has a contrast of at least 4.5 to 1.
 */
export const exportStyle = [
  ':root{color-scheme:light dark;--paper:#fbfaf7;--ink:#17191c;--soft:#5a6068;--line:#dedbd3;--link:#1d4f91;--shade:#f2efe8;--urgent:#8a5200}',
  '@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#eceae5;--soft:#a3a9b0;--line:#333940;--link:#8cb8f2;--shade:#23282d;--urgent:#f0b45a}}',
  '*{box-sizing:border-box}',
  'html{font:100%/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;background:var(--paper);color:var(--ink)}',
  '[lang]{--tall:0;line-height:calc(1.5 + var(--tall))}',
  ':lang(fa),:lang(prs),:lang(ar),:lang(ps),:lang(ur){--tall:.3;font-family:Vazirmatn,"Geeza Pro","Noto Sans Arabic","Noto Naskh Arabic",Tahoma,sans-serif}',
  ':lang(ur){--tall:.6}',
  'body{max-width:42rem;margin:0 auto;padding:0 1rem 3rem;overflow-wrap:anywhere}',
  'a{color:var(--link)}',
  ':focus-visible{outline:3px solid var(--link);outline-offset:2px}',
  'h1{font-size:1.6rem}h2{font-size:1.15rem}h1,h2,p,ol,ul{margin:.6rem 0}',
  'header{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;border-bottom:1px solid var(--line)}',
  'header a{display:inline-block;padding:.6rem 0}.name{font-weight:700}',
  '.copy,.note,pre{padding:.5rem .8rem;background:var(--shade);border-radius:4px}',
  '.alerts,.links{list-style:none;padding:0}',
  '.links a{display:inline-block;padding:.4rem 0}',
  '.alert{padding:.6rem 0;padding-inline-start:1rem;border-bottom:1px solid var(--line);border-inline-start:4px solid var(--line)}',
  '.alert[data-level=flash]{border-inline-start-color:#b01e23}.alert[data-level=urgent]{border-inline-start-color:var(--urgent)}',
  '.meta,.foot{font-size:.875rem;color:var(--soft)}.level,.mark{font-weight:700}',
  '[data-level=flash] .level{padding:.05rem .5rem;border-radius:4px;background:#b01e23;color:#fff}',
  '[data-status=retracted] .mark{padding:.05rem .5rem;border-radius:4px;background:var(--ink);color:var(--paper)}',
  's{color:var(--soft)}',
  'pre{white-space:pre-wrap}',
].join('')
