-- MySQL dump
CREATE TABLE `events` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `sender_id` varchar(255) NOT NULL,
  `type_name` varchar(255) NOT NULL,
  `timestamp` double DEFAULT NULL,
  `intent_name` varchar(255) DEFAULT NULL,
  `action_name` varchar(255) DEFAULT NULL,
  `data` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
INSERT INTO `events` VALUES (1,'c1','action',1.0,NULL,'action_listen','{\"event\": \"action\", \"name\": \"action_listen\"}'),(2,'c1','user',2.0,'ask',NULL,'{\"event\": \"user\", \"text\": \"it\'s a return (really), yes; ok?\"}'),
(3,'c1','bot',3.0,NULL,NULL,'{\"event\": \"bot\", \"text\": \"7 days\\nreally\"}');
