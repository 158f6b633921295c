# The songs database: one that is there already, or a small one to try things with. Its password is
# AWS's to make, keep and change; Terraform never sees it.

locals {
  demo = var.songs_database == null ? 1 : 0

  songs = var.songs_database != null ? var.songs_database : {
    host       = aws_db_instance.songs[0].address
    port       = 5432
    user       = "postgres"
    database   = "postgres"
    secret_arn = aws_db_instance.songs[0].master_user_secret[0].secret_arn
    cidr       = var.network.cidr
    peering    = null
  }
}

resource "aws_vpc_security_group_egress_rule" "songs" {
  security_group_id = var.runtime.security_group_id
  description       = "The songs database"
  cidr_ipv4         = local.songs.cidr
  ip_protocol       = "tcp"
  from_port         = local.songs.port
  to_port           = local.songs.port
}

resource "aws_security_group" "songs" {
  count = local.demo

  name        = "${var.name}-songs"
  description = "The demo songs database"
  vpc_id      = var.network.id
}

resource "aws_vpc_security_group_ingress_rule" "songs" {
  count = local.demo

  security_group_id            = aws_security_group.songs[0].id
  description                  = "Pipelines"
  referenced_security_group_id = var.runtime.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_subnet_group" "songs" {
  count = local.demo

  name        = "${var.name}-songs"
  description = "Private subnets"
  subnet_ids  = var.network.subnet_ids
}

resource "aws_db_parameter_group" "songs" {
  count = local.demo

  name        = "${var.name}-songs"
  description = "TLS only, statements that change something are logged"
  family      = "postgres16"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "10000"
  }
}

# RDS would make this one itself, for ever and without our key.
resource "aws_cloudwatch_log_group" "songs" {
  count = local.demo

  name              = "/aws/rds/instance/${var.name}-songs/postgresql"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

resource "aws_db_instance" "songs" {
  #checkov:skip=CKV_AWS_157:A demo database; the real one is an input
  #checkov:skip=CKV_AWS_293:A demo database is removed with the rest
  #checkov:skip=CKV_AWS_353:Nobody looks into the performance of a demo
  #checkov:skip=CKV_AWS_118:Basic metrics are enough for a table that is read once a day
  count = local.demo

  identifier                          = "${var.name}-songs"
  engine                              = "postgres"
  engine_version                      = "16"
  instance_class                      = "db.t4g.micro"
  allocated_storage                   = 20
  storage_type                        = "gp3"
  storage_encrypted                   = true
  kms_key_id                          = var.key_arn
  username                            = "postgres"
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.key_arn
  iam_database_authentication_enabled = true
  db_subnet_group_name                = aws_db_subnet_group.songs[0].name
  parameter_group_name                = aws_db_parameter_group.songs[0].name
  vpc_security_group_ids              = [aws_security_group.songs[0].id]
  publicly_accessible                 = false
  backup_retention_period             = 7
  skip_final_snapshot                 = true
  auto_minor_version_upgrade          = true
  copy_tags_to_snapshot               = true
  enabled_cloudwatch_logs_exports     = ["postgresql"]

  depends_on = [aws_cloudwatch_log_group.songs]
}
