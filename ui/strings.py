"""Every word the page shows, in both languages. Replies are not here: they are knowledge, or the engine's own "
"(bot/words.py)."""

from __future__ import annotations

from dataclasses import dataclass

from data.records import Language


@dataclass(frozen=True)
class Strings:
    """The words of one language."""

    title: str
    tagline: str
    other_language: str
    chat: str
    knowledge: str
    conversations: str
    new: str
    search: str
    untitled: str
    rename: str
    rename_to: str
    download: str
    delete: str
    delete_sure: str
    manage: str
    placeholder: str
    box: str
    stopped: str
    why: str
    chosen: str
    candidates: str
    from_entry: str
    from_tool: str
    from_model: str
    shares: str
    times: str
    nothing_found: str
    found_harm: str
    found_abuse: str
    found_offence: str
    dislike_why: str
    reasons: tuple[str, ...]
    reason_own: str
    send_reason: str
    thanks: str
    not_kept: str
    gone: str
    degraded: str
    examples: tuple[str, ...]
    upload: str
    upload_file: str
    learned: str
    learn_refused: str
    refused_rows: str
    reading: str
    own_only: str
    find_entry: str
    page: str
    page_label: str
    state_label: str
    previous: str
    following: str
    columns: tuple[str, ...]
    entry: str
    questions: str
    questions_hint: str
    reply: str
    save: str
    add: str
    forget: str
    forget_sure: str
    saved: str
    forgotten: str
    export: str
    try_title: str
    try_box: str
    try_go: str
    tools: str
    run: str
    tool_examples: str
    tool_answer: str
    tool_table: str
    tool_map: str
    tool_picture: str
    picture: str
    picture_purpose: str
    picture_box: str
    describe: str
    ask: str
    picture_ask: str
    picture_examples: tuple[str, ...]
    picture_missing: str
    picture_long: str
    cannot_see: str
    with_attention: str
    without_attention: str
    in_language: tuple[str, ...]
    picture_given: str
    word_heat: str
    answer_heat: str
    answer_bars: str
    alternatives: str
    looked: str
    looked_alt: str
    evaluate: str
    log_purpose: str
    log_upload: str
    log_older: str
    log_again: str
    log_own: str
    log_go: str
    log_hint: str
    log_missing: str
    log_refused: str
    log_steps: tuple[str, ...]
    log_files: tuple[str, ...]
    log_columns: tuple[str, ...]
    no_admin: str
    login: str
    password: str
    enter: str
    wrong_password: str
    too_many: str
    picture_refused: str
    too_large: str
    about: str
    about_remote: str
    labels: tuple[str, ...]


# What gradio calls its own parts, in English only or in words of its own; the labels of a language stand in the same order.
GRADIO_LABELS = (
    "Copy message", "Edit", "Retry", "Like", "Dislike", "Upload a file", "Submit", "Stop", "Cancel", "Toggle Sidebar",
    "Remove", "Close", "Fullscreen", "Table actions", "Copy table data", "Dataframe", "Multimedia input field",
    "Click to upload or drop files", "chatbot conversation", "user's message:", "bot's message:",
)  # fmt: skip

ZH = Strings(
    title="看聊",
    tagline="你自己的问答机器人，每句话都说得出出处",
    other_language="English",
    chat="对话",
    knowledge="知识",
    conversations="我的对话",
    new="＋ 新对话",
    search="搜索对话",
    untitled="新对话",
    rename="重命名",
    rename_to="新的名字",
    download="下载",
    delete="删除",
    delete_sure="删除这段对话？它会从存储、日志和图片里彻底移除，不能恢复。",
    manage="管理这段对话",
    placeholder="问点什么，或从下面选一个开始",
    box="输入问题，按回车发送",
    stopped="（已停止）",
    why="为什么是这个回答",
    chosen="选中",
    candidates="候选",
    from_entry="条目",
    from_tool="工具",
    from_model="现写，不是库里的，可能有错 · 模型",
    shares="各项依据（对数几率）",
    times="用时",
    nothing_found="没有找到任何相近的条目。",
    found_harm="这句话读起来像是有人可能会伤害自己，所以先说了关心的话，没有去找别的回答。依据：{fired}",
    found_abuse="这句话读起来像是有人正受到伤害，所以先说了关心的话，没有去找别的回答。依据：{fired}",
    found_offence="这句话被判断为冒犯（{probability}），因此只用已有的回答，没有相符的就平静地回一句。依据：{fired}",
    dislike_why="哪里不对？",
    reasons=("答非所问", "内容有误", "太笼统", "语气不好"),
    reason_own="也可以自己写",
    send_reason="提交",
    thanks="谢谢，已经记下了。",
    not_kept="这条消息太长，没有保存。",
    gone="这段对话已经不在了，为你打开一段新的。",
    degraded="存储暂时降级：回答照常，对话先记在本机，恢复后会补写。",
    examples=(
        "你能做什么？",
        "什么是卷积神经网络？",
        "怎么导入我自己的问答？",
        "LSTM 和 GRU 有什么区别？",
        "怎么删除一段对话？",
        "讲个笑话",
    ),
    upload="导入文件",
    upload_file="CSV、TSV、XLSX、JSONL 或 ParlAI 文本，最大 50 MB",
    learned="{file}：收下 {taken} 条，合并 {merged} 条，拒绝 {refused} 条。",
    learn_refused="{file} 没有导入，已有知识没有任何改变。{why}",
    refused_rows="被拒绝的行",
    reading="已读 {rows} 行",
    own_only="只看自己的条目",
    find_entry="查找条目",
    page="第 {page} / {pages} 页，共 {count} 条",
    page_label="当前页",
    state_label="结果",
    previous="上一页",
    following="下一页",
    columns=("ID", "问题", "回答", "出处"),
    entry="条目",
    questions="问法（每行一种）",
    questions_hint="点表格中的一行来查看和修改，或直接填写后点「新增」。",
    reply="回答",
    save="保存修改",
    add="新增",
    forget="删除条目",
    forget_sure="删除这个条目？",
    saved="已保存：{id}",
    forgotten="已删除：{id}",
    export="导出为 CSV",
    try_title="试一个问题：会怎么回答？",
    try_box="问题",
    try_go="试一试",
    tools="工具",
    run="运行",
    tool_examples="试试这些",
    tool_answer="结果",
    tool_table="结果表格",
    tool_map="地图：离得近的，意思大致相近",
    tool_picture="结果图片",
    picture="图片",
    picture_purpose="选一张图片，或直接粘贴进来，看看机器怎么描述它、怎么回答关于它的问题，以及它当时看着哪里。",
    picture_box="选或粘贴一张图片；想问就在这里写问题",
    describe="描述",
    ask="提问",
    picture_ask="试试这些问题",
    picture_examples=("图里有什么动物？", "有几个人？", "衣服是什么颜色？", "他在做什么？", "有狗吗？"),
    picture_missing="这里还没有图片。请先选一张或粘贴一张。",
    picture_long="这个问题有 {given} 个字符，最多读 {most} 个。请问得短一些。",
    cannot_see="看图用的模型还没有装好，所以暂时看不了图片。",
    with_attention="带注意力的模型",
    without_attention="基本模型",
    in_language=("中文", "英文"),
    picture_given="看到的图片",
    word_heat="第 {number} 个词（共 {count} 个）时看着的地方",
    answer_heat="回答时看着的地方：黄色看得最多，圆圈是最中心",
    answer_bars="最可能的几个答案和概率",
    alternatives="可能的说法和把握",
    looked="看的是图片的哪里",
    looked_alt="原图上叠加的热度图：黄色是看得最多的地方，圆圈是最中心",
    evaluate="评测",
    log_purpose="上传对话日志，看机器人答得怎么样、哪里答不上来、新版是不是更好。电话、邮箱、证件号和卡号会被遮盖，上传的文件算完就删。",
    log_upload="对话日志（可多选）",
    log_older="旧日志，用来比较（可不选）",
    log_again="再拿其中约 {count} 轮问一遍现在的机器人，比较新旧回答",
    log_own="评测本机器人的日志",
    log_go="评测",
    log_hint="可以是本机器人的日志、OpenAI messages、ShareGPT、ParlAI、Rasa、CSV 或 XLSX，最大 50 MB",
    log_missing="还没有日志。请先选择文件。",
    log_refused="没有评测。{why}",
    log_steps=("读日志", "和旧日志比较", "问现在的机器人", "写报告"),
    log_files=("打开报告", "下载待补问答表", "下载全部轮次", "下载数字（JSON 格式）"),
    log_columns=("数字", "值", "95% 区间", "基数"),
    no_admin="管理知识需要管理员密码。",
    login="请输入密码",
    password="密码",
    enter="进入",
    wrong_password="密码不对，请再试一次。",
    too_many="尝试次数太多，请过几分钟再来。",
    picture_refused="这张图片没有收下。请用 20 MB 以内、没有损坏的 JPEG、PNG、WebP、GIF 或 BMP 图片。",
    too_large="文件太大，没有上传：最大 50 MB。",
    about="看聊只在这台机器上运行，不向外发送任何数据。",
    about_remote="看聊在这台机器上运行。库里答不上来的消息，会发给管理员指定的模型服务。",
    labels=(
        "复制",
        "修改",
        "换一个回答",
        "有用",
        "没有用",
        "添加图片",
        "发送",
        "停止",
        "取消",
        "显示或收起对话列表",
        "移除",
        "关闭",
        "全屏",
        "表格操作",
        "复制表格",
        "表格",
        "输入框",
        "点击或拖放来上传文件",
        "对话内容",
        "你说：",
        "回答：",
    ),
)

EN = Strings(
    title="Kanliao",
    tagline="A question-and-answer bot of your own that can say where every answer came from",
    other_language="中文",
    chat="Chat",
    knowledge="Knowledge",
    conversations="My conversations",
    new="＋ New conversation",
    search="Search conversations",
    untitled="New conversation",
    rename="Rename",
    rename_to="New name",
    download="Download",
    delete="Delete",
    delete_sure="Delete this conversation? It is removed for good from the store, the journal and the stored pictures.",
    manage="Manage this conversation",
    placeholder="Ask something, or begin with one of these",
    box="Type a question and press Enter",
    stopped="(stopped)",
    why="Why this answer",
    chosen="chosen",
    candidates="Candidates",
    from_entry="entry",
    from_tool="tool",
    from_model="written now, not stored, may be wrong · model",
    shares="What it rests on (log-odds)",
    times="Time",
    nothing_found="No entry came anywhere near.",
    found_harm="This message reads as if its writer might hurt themselves, so it was met with care, and nothing else was "
    "looked for. It rests on: {fired}",
    found_abuse="This message reads as if its writer is being hurt, so it was met with care, and nothing else was "
    "looked for. It rests on: {fired}",
    found_offence="This message was taken as offensive ({probability}): only stored replies count, and a calm word "
    "where none fits. It rests on: {fired}",
    dislike_why="What was wrong?",
    reasons=("Beside the point", "Not correct", "Too vague", "Wrong tone"),
    reason_own="Or in your own words",
    send_reason="Send",
    thanks="Thank you, noted.",
    not_kept="This message was too long to keep.",
    gone="That conversation is no longer here; a new one is open.",
    degraded="The store is degraded: answers go on, turns are kept on this machine and written back when it returns.",
    examples=(
        "What can you do?",
        "What is a convolutional neural network?",
        "How do I import my own FAQ?",
        "What is the difference between LSTM and GRU?",
        "How do I delete a conversation?",
        "Tell me a joke",
    ),
    upload="Import a file",
    upload_file="CSV, TSV, XLSX, JSONL or ParlAI text, at most 50 MB",
    learned="{file}: {taken} taken, {merged} merged, {refused} refused.",
    learn_refused="{file} was not imported and nothing has changed. {why}",
    refused_rows="Refused rows",
    reading="{rows} rows read",
    own_only="Only my own entries",
    find_entry="Find an entry",
    page="Page {page} of {pages}, {count} entries",
    page_label="This page",
    state_label="Outcome",
    previous="Previous",
    following="Next",
    columns=("ID", "Question", "Reply", "From"),
    entry="Entry",
    questions="Phrasings (one a line)",
    questions_hint='Click a row of the table to see and edit it, or fill this in and press "Add".',
    reply="Reply",
    save="Save changes",
    add="Add",
    forget="Delete entry",
    forget_sure="Delete this entry?",
    saved="Saved: {id}",
    forgotten="Deleted: {id}",
    export="Export as CSV",
    try_title="Try a question: what would be answered?",
    try_box="Question",
    try_go="Try",
    tools="Tools",
    run="Run",
    tool_examples="Try one of these",
    tool_answer="Result",
    tool_table="Result as a table",
    tool_map="Map: what is near is roughly alike in meaning",
    tool_picture="Result as a picture",
    picture="Picture",
    picture_purpose="Choose a picture or paste one, and see how it is described, what it answers, and where the model looked.",
    picture_box="Choose or paste a picture; type a question here to ask",
    describe="Describe",
    ask="Ask",
    picture_ask="Try one of these questions",
    picture_examples=(
        "What animal is this?",
        "How many people are there?",
        "What colour are the clothes?",
        "What is he doing?",
        "Is there a dog?",
    ),
    picture_missing="There is no picture yet. Choose or paste one first.",
    picture_long="That question has {given} characters; at most {most} are read. Please ask more briefly.",
    cannot_see="The models that see are not installed, so pictures cannot be looked at yet.",
    with_attention="Model with attention",
    without_attention="Basic model",
    in_language=("English", "Chinese"),
    picture_given="The picture that was looked at",
    word_heat="Where it looked for word {number} of {count}",
    answer_heat="Where it looked to answer: most at yellow, and the ring is the very middle",
    answer_bars="The likeliest answers and their probabilities",
    alternatives="What it may be, and how sure that is",
    looked="Where it looked",
    looked_alt="The picture with a heat map over it: it looked most at yellow, and the ring is the very middle",
    evaluate="Evaluate",
    log_purpose="Upload a log of conversations to see how good the bot is, where it fails, and whether a new version is better. "
    "Telephone, e-mail, identity and card numbers are masked, and the uploaded files are removed when they have been read.",
    log_upload="Logs of conversations (one or several)",
    log_older="An older log to compare with (optional)",
    log_again="Ask this bot again about {count} of the turns, and compare old with new replies",
    log_own="Evaluate this bot's own journal",
    log_go="Evaluate",
    log_hint="A journal of this bot, OpenAI messages, ShareGPT, ParlAI, Rasa, CSV or XLSX, at most 50 MB",
    log_missing="There is no log yet. Choose a file first.",
    log_refused="Nothing was evaluated. {why}",
    log_steps=("Reading the log", "Comparing with the older log", "Asking the bot again", "Writing the report"),
    log_files=(
        "Open the report",
        "Download the sheet of missing answers",
        "Download all turns",
        "Download the numbers (JSON)",
    ),
    log_columns=("Number", "Value", "95% interval", "Of"),
    no_admin="Managing the knowledge needs the administrator's password.",
    login="Please enter the password",
    password="Password",
    enter="Enter",
    wrong_password="That is not the password; please try again.",
    too_many="Too many attempts; please come back in a few minutes.",
    picture_refused="The picture was not taken. It should be an undamaged JPEG, PNG, WebP, GIF or BMP of at most 20 MB.",
    too_large="The file is too large and was not uploaded: at most 50 MB.",
    about="Kanliao runs on this machine only and sends nothing anywhere.",
    about_remote="Kanliao runs on this machine. Messages that nothing stored answers go to the model service its owner named.",
    labels=(
        "Copy",
        "Edit",
        "Another answer",
        "Useful",
        "Not useful",
        "Add a picture",
        "Send",
        "Stop",
        "Cancel",
        "Show or hide the conversations",
        "Remove",
        "Close",
        "Fullscreen",
        "Table actions",
        "Copy table",
        "Table",
        "Message",
        "Click or drop to upload a file",
        "Conversation",
        "You said:",
        "Answer:",
    ),
)

STRINGS: dict[Language, Strings] = {"zh": ZH, "en": EN}
