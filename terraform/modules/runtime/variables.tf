variable "name" {
  description = "Prefix of all names."
  type        = string
}

variable "account" {
  description = "The account, its partition and region."
  type        = object({ id = string, partition = string, region = string })
}

variable "network" {
  description = "The network that tasks run in."
  type        = object({ id = string, cidr = string, subnet_ids = list(string) })
}

variable "key_arn" {
  description = "Customer key of image and logs."
  type        = string
}

variable "image_tag" {
  description = "Tag of the image that tasks run."
  type        = string
}

variable "force_destroy" {
  description = "Whether `terraform destroy` may remove the images."
  type        = bool
}
