# The way to a songs database in a network of its own: the two are connected, each knows the way to
# the other, and the database lets the tasks in. Nothing else over there changes.

locals {
  peering = try(var.songs_database.peering, null)
  peered  = local.peering == null ? 0 : 1
}

resource "aws_vpc_peering_connection" "songs" {
  count = local.peered

  vpc_id      = var.network.id
  peer_vpc_id = local.peering.vpc_id
  auto_accept = true
  tags        = { Name = "${var.name}-songs" }

  # RDS tells its private address to those alone who ask from within
  requester {
    allow_remote_vpc_dns_resolution = true
  }
  accepter {
    allow_remote_vpc_dns_resolution = true
  }
}

resource "aws_route" "to_songs" {
  count = local.peered

  route_table_id            = var.network.routes
  destination_cidr_block    = var.songs_database.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection.songs[0].id
}

resource "aws_route" "from_songs" {
  for_each = toset(try(local.peering.route_table_ids, []))

  route_table_id            = each.key
  destination_cidr_block    = var.network.cidr
  vpc_peering_connection_id = aws_vpc_peering_connection.songs[0].id
}

resource "aws_vpc_security_group_ingress_rule" "peered_songs" {
  count = local.peered

  security_group_id            = local.peering.security_group_id
  description                  = "Pipelines of ${var.name}"
  referenced_security_group_id = var.runtime.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.songs_database.port
  to_port                      = var.songs_database.port

  # a group of another network can be named once the two are connected
  depends_on = [aws_vpc_peering_connection.songs]
}
