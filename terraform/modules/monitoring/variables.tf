variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "project" {
  description = "Value of the tag `Project`, by which costs are told."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "key_arn" {
  description = "Customer key of alerts and of the history of runs."
  type        = string
}

variable "cluster_arn" {
  description = "ECS cluster of the tasks."
  type        = string
}

variable "fresh_within_hours" {
  description = "By job: hours after which somebody is told that it has not ended well."
  type        = map(number)
}

variable "warehouse_cluster" {
  description = "Identifier of the Redshift cluster. Null: serverless, which has no disk to fill."
  type        = string
}

variable "missed_starts_queue" {
  description = "Queue of starts that failed. Null: there is none."
  type        = string
}

variable "alert_email" {
  description = "Who is told. Null: nobody by mail."
  type        = string
}

variable "monthly_budget_usd" {
  description = "What a month may cost."
  type        = number
}
