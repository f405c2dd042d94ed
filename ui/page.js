// The page's own script in the browser.
(() => {
  const words = WORDS; // those of the page's language: html_middleware.py puts them here

  // Gradio translates its own labels into the language of the browser; make it the language of the page.
  for (const [name, value] of [['language', words.tag], ['languages', [words.tag]]]) {
    Object.defineProperty(navigator, name, { get: () => value });
  }

  // Translate what gradio has in English only: the names of its buttons, and the sentences of its notices.
  const notices = [
    [/^File\(s\) exceed/, () => words.tooLarge],
    [/(?:^Invalid file types?: .*\. Only|Accepted formats:) (.*?)(?: allowed\.)?$/s,
      (_, allowed) => (/^image\b/.test(allowed) ? words.onlyPictures : words.onlyFiles.replace('{allowed}', allowed))],
    [/^(?:Connection to the server was lost|Connection errored out|Failed to fetch|NetworkError|Load failed)/,
      () => words.connectionLost],
    [/^This application is currently busy/, () => words.busy],
    [/^(?:Error|None|null|undefined|Upload failed|Invalid file type|Value|Internal Server Error|Could not|Too many|Event not found|Session not found|)(?:$|[\s.:])/,
      () => words.failed],
  ];
  const translate = (part) => {
    for (const name of ['aria-label', 'title']) {
      const given = part.getAttribute(name) ?? '';
      const word = words.labels[given] ?? given.replace(/^(user|bot)'s message:/, (start) => words.labels[start] ?? start)
        .replace(/ a component of type \w+$/, '');
      if (word !== given) { part.setAttribute(name, word); }
    }
    if (part.matches('.toast-message-text')) {
      const given = part.textContent.trim();
      const [pattern, sentence] = notices.find(([pattern]) => pattern.test(given)) ?? [];
      if (pattern) { part.textContent = sentence(...given.match(pattern)); }
    }
    // Hide the unnamed arrow inside an accordion's button: the button around it does the same and has a name.
    if (part.matches('[role=button] button[aria-label=""]')) { part.setAttribute('aria-hidden', 'true'); part.tabIndex = -1; }
    if (part.matches('[role=tabpanel]')) { part.setAttribute('aria-labelledby', `${part.id}-button`); }
    if (part.matches('[role=tab]')) { part.tabIndex = part.getAttribute('aria-selected') === 'true' ? 0 : -1; }
  };
  const translated = '[aria-label], [title], .toast-message-text, [role=tabpanel], [role=tab]';

  // The arrow keys, Home and End move between the tabs.
  document.addEventListener('keydown', (event) => {
    const tab = event.target.closest?.('[role=tab]');
    if (!tab || event.ctrlKey || event.altKey || event.metaKey) { return; }
    const tabs = [...tab.closest('[role=tablist]').querySelectorAll('[role=tab]')].filter((each) => each.checkVisibility());
    const place = tabs.indexOf(tab);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) { return; }
    event.preventDefault();
    const chosen = tabs[(next + tabs.length) % tabs.length];
    chosen.click();
    chosen.focus();
  });

  // Group the list of conversations by days of the visitor's time zone. The value of a row is the id, "@", and its last use.
  const dayOf = (moment) => {
    const midnight = new Date();
    midnight.setHours(0, 0, 0, 0);
    const days = Math.ceil((midnight - moment) / 86400000);
    if (days <= 0) { return words.today; }
    if (days === 1) { return words.yesterday; }
    if (days <= 7) { return words.week; }
    return new Intl.DateTimeFormat(words.tag, { year: 'numeric', month: 'long' }).format(moment);
  };
  const date = () => {
    let before = '';
    for (const row of document.querySelectorAll('#conversations label')) {
      const moment = new Date(1000 * Number(row.querySelector('input')?.value.split('@')[1]));
      if (Number.isNaN(moment.getTime())) { continue; }
      const day = dayOf(moment);
      const when = new Intl.DateTimeFormat(words.tag, { dateStyle: 'full', timeStyle: 'short' }).format(moment);
      if (row.title !== when) { row.title = when; }
      if (day === before) { delete row.dataset.day; } else { row.dataset.day = day; }
      before = day;
    }
  };
  document.addEventListener('visibilitychange', date);

  new MutationObserver((changes) => {
    let isListChanged = false;
    for (const change of changes) {
      isListChanged ||= Boolean(change.target.closest?.('#conversations'));
      if (change.type === 'attributes') { translate(change.target); }
      for (const part of change.addedNodes) {
        if (part.nodeType !== 1) { continue; }
        translate(part);
        part.querySelectorAll(translated).forEach(translate);
        isListChanged ||= Boolean(part.querySelector('#conversations'));
      }
    }
    if (isListChanged) { date(); }
  }).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label', 'title', 'aria-selected', 'value'],
  });

  // Keep drafts, and messages that were sent but are not answered yet, for each conversation of this tab, so that neither a
  // reload nor a restart of the server loses them. If session storage is switched off, nothing is kept and all else works.
  const read = (id) => {
    try { return JSON.parse(sessionStorage.getItem(`kanliao.${id || 'new'}`)) ?? {}; } catch { return {}; }
  };
  const write = (id, draft) => {
    try {
      if (draft.typed || draft.sent) { sessionStorage.setItem(`kanliao.${id || 'new'}`, JSON.stringify(draft)); }
      else { sessionStorage.removeItem(`kanliao.${id || 'new'}`); }
    } catch { /* The storage is full or switched off. */ }
  };
  const opened = () => new URL(window.location.href).searchParams.get('c') ?? '';
  const textOf = (content) => (Array.isArray(content) ? content.map(textOf).join('') : content?.text ?? content ?? '');
  document.addEventListener('input', (event) => {
    if (event.target.matches?.('#box textarea')) { write(opened(), { ...read(opened()), typed: event.target.value }); }
  });
  let edited = '';
  for (const kind of ['focusin', 'input']) {
    document.addEventListener(kind, (event) => {
      if (event.target.matches?.('#transcript textarea')) { edited = event.target.value.replaceAll('\u2060', ''); }
    });
  }
  // The message that is being answered, with its pictures and its conversation.
  let sent = null;

  // A file may be dropped anywhere on the conversation: it goes into the box, as if it had been dropped there. Anywhere else
  // the browser would leave the page and open it.
  const hasFiles = (event) => [...event.dataTransfer?.types ?? []].includes('Files');
  const takesDrops = (target) => target.closest?.('input, [data-testid=file-upload], [data-testid=multimodal-textbox], .upload-container');
  const mark = (on) => document.documentElement.classList.toggle('dropping', on);
  for (const kind of ['dragenter', 'dragover']) {
    document.addEventListener(kind, (event) => {
      if (!hasFiles(event)) { return; }
      mark(Boolean(document.querySelector('#box')?.checkVisibility()));
      if (!takesDrops(event.target)) { event.preventDefault(); }
    });
  }
  document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) { mark(false); } });
  document.addEventListener('drop', (event) => {
    mark(false);
    if (!hasFiles(event) || event.defaultPrevented || takesDrops(event.target)) { return; }
    event.preventDefault();
    const input = document.querySelector('#box input[type=file]');
    if (!input || !document.querySelector('#box').checkVisibility() || document.querySelector('#box textarea')?.disabled) { return; }
    const files = new DataTransfer();
    for (const file of event.dataTransfer.files) { files.items.add(file); }
    input.files = files.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });

  window.kanliao = {
    // Put the id of the open conversation into the address, so that a reload and a bookmark find it; the cookie decides whether
    // it may be shown. A conversation that began with the current message takes over the draft.
    name: (id) => {
      const before = opened();
      const address = new URL(window.location.href);
      if (id) { address.searchParams.set('c', id); address.searchParams.delete('new'); }
      else { address.searchParams.delete('c'); address.searchParams.set('new', '1'); }
      window.history.replaceState(null, '', address);
      if (sent && !before && id) { write(id, read('')); write('', {}); sent.id = id; }
      const link = document.querySelector('a.language');
      if (link) { link.search = id ? `?c=${encodeURIComponent(id)}` : ''; }
      return id;
    },
    // Return what the box of an opened conversation holds: what was sent but did not arrive, then the draft.
    restore: (id, shown, box) => {
      const draft = read(id);
      const last = textOf(shown?.findLast((row) => row.role === 'user')?.content).replaceAll('\u2060', '');
      const typed = [draft.sent === last ? '' : draft.sent, draft.typed].filter(Boolean).join('\n');
      write(id, { typed });
      return { text: typed, files: box?.files ?? [] };
    },
    send: (message, id) => {
      sent = { ...message, id };
      write(id, { sent: message.text });
      return [message, id];
    },
    // The last step of a quick turn can overtake the step that empties the box. So it is emptied after the turn too, but only of
    // the message that was sent: what was typed meanwhile is the next message.
    finish: (message, id) => {
      const isSent = message.text === sent?.text && message.files.length === sent.files.length;
      sent = null;
      const left = isSent ? { text: '', files: [] } : message;
      write(id, { typed: left.text });
      return left;
    },
    // The turn failed or was refused: put what was sent back into the box, before what was typed since.
    refuse: (message, id) => {
      const lost = sent ?? { text: '', files: [], id };
      sent = null;
      const text = message.text.startsWith(lost.text) ? message.text : [lost.text, message.text].filter(Boolean).join('\n');
      const isNew = (file) => !lost.files.some((one) => one.path === file.path);
      // A conversation that began with this message no longer exists.
      if (lost.id !== id) { write(lost.id, {}); }
      write(id, { typed: text });
      return { text, files: [...lost.files, ...message.files.filter(isNew)] };
    },
    // The field of an edited message is closed by now, so its text goes into the box.
    refuseEdit: (message, id) => {
      const text = [edited, message.text].filter(Boolean).join('\n');
      write(id, { ...read(id), typed: text });
      return { ...message, text };
    },
    // The page is ready: remove the first paint and focus the box.
    show: () => {
      document.documentElement.classList.add('ready');
      date();
      const box = document.querySelector('#box textarea');
      if (document.activeElement === document.body && box?.checkVisibility()) { box.focus(); }
    },
  };
})();
