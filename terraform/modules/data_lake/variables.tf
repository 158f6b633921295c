variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "key_arn" {
  description = "Customer key of the lake and the artifacts."
  type        = string
}

variable "access_log_days" {
  description = "Days that the log of who read what is kept."
  type        = number
  default     = 90
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove the buckets with all they hold."
  type        = bool
}
