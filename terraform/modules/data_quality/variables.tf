variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "rules_folder" {
  description = "Folder with one .dqdl file for each table."
  type        = string
}

variable "database" {
  description = "Glue database of the tables."
  type        = string
}

variable "lake" {
  description = "The lake's bucket and key."
  type        = object({ name = string, arn = string, key_arn = string })
}

variable "alert_topic_arn" {
  description = "Who is told when a rule set fails."
  type        = string
}
