# Where the rows come from.

variable "purchase_api" {
  description = "The purchase API, and whether it asks for a token (which is put into its secret by hand)."
  type = object({
    url         = string
    needs_token = optional(bool, false)
  })

  validation {
    condition     = can(regex("^https?://[^/@:]+(:[0-9]+)?$", var.purchase_api.url))
    error_message = "purchase_api.url is https://host or https://host:port: no path, no user, no password."
  }

  validation {
    condition     = !var.purchase_api.needs_token || startswith(var.purchase_api.url, "https:")
    error_message = "A token goes over https only."
  }
}

variable "songs_database" {
  description = "The songs database: its addresses (`cidr`), and by what way tasks get there. `peering` connects its network, of this account and region, with ours: routes on both sides, and a rule into its security group. `peering = null` says that the networks are connected already, by a transit gateway, say. Null: there is no database, and `demo_songs_database` makes one."
  type = object({
    host       = string
    port       = optional(number, 5432)
    user       = string
    database   = optional(string, "postgres")
    secret_arn = string
    cidr       = string
    peering = object({
      vpc_id            = string
      route_table_ids   = list(string)
      security_group_id = string
    })
  })
  default = null

  validation {
    condition     = var.songs_database == null ? true : can(cidrhost(var.songs_database.cidr, 0))
    error_message = "songs_database.cidr is the IPv4 block that the database is in, such as 10.40.0.0/16."
  }

  # Two blocks overlap if they begin alike, as far as the wider of them goes.
  validation {
    condition = var.songs_database == null ? true : !try(
      cidrhost("${split("/", var.songs_database.cidr)[0]}/${min([for block in [var.songs_database.cidr, var.network_cidr] : split("/", block)[1]]...)}", 0) ==
      cidrhost("${split("/", var.network_cidr)[0]}/${min([for block in [var.songs_database.cidr, var.network_cidr] : split("/", block)[1]]...)}", 0),
      false,
    )
    error_message = "songs_database.cidr and network_cidr overlap: no route can tell them apart. Give network_cidr another block."
  }

  validation {
    condition = try(var.songs_database.peering, null) == null ? true : (
      startswith(var.songs_database.peering.vpc_id, "vpc-") &&
      startswith(var.songs_database.peering.security_group_id, "sg-") &&
      length(var.songs_database.peering.route_table_ids) > 0 &&
      alltrue([for table in var.songs_database.peering.route_table_ids : startswith(table, "rtb-")])
    )
    error_message = "songs_database.peering needs the database's own network: vpc_id (vpc-…), security_group_id (sg-…), and the route_table_ids (rtb-…) of the subnets that it is in."
  }

  validation {
    condition     = (var.songs_database == null) == var.demo_songs_database
    error_message = "Give songs_database, or set demo_songs_database = true to have a small one made: one of the two."
  }

  validation {
    condition     = var.songs_database == null || can(regex("^arn:[a-z-]+:secretsmanager:", var.songs_database.secret_arn))
    error_message = "songs_database.secret_arn is the ARN of a secret with the key `password`."
  }
}

variable "demo_songs_database" {
  description = "Whether a small songs database is made, to try things with."
  type        = bool
  default     = false
}
