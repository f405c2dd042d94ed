--
-- PostgreSQL database dump
--
COPY public.events (id, sender_id, type_name, "timestamp", intent_name, action_name, data) FROM stdin;
1	c1	user	1.5	ask	\N	{"event": "user", "text": "怎么退货"}
2	c1	bot	2.5	\N	\N	{"event": "bot", "text": "七天\\n内"}
\.
