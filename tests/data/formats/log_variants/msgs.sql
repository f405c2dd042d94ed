INSERT INTO messages (id, conversation_id, role, content) VALUES (1, 'k', 'user', 'hi; there'), (2, 'k', 'assistant', 'it''s ok');
INSERT INTO messages (id, conversation_id, role, content) VALUES (3, 'k', 'user', 'bye
now');
