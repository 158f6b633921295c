# Glue's own upkeep of Iceberg tables, in the place of lake-maintain-job. The tables have to be
# there, so the flag is set after the first loads.

locals {
  optimized = { for pair in setproduct(var.table_optimizers ? var.tables : [], ["compaction", "retention", "orphan_file_deletion"]) : "${pair[0]}-${pair[1]}" => { table = pair[0], type = pair[1] } }
}

data "aws_iam_policy_document" "optimizer_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["glue.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [var.account.id]
    }
  }
}

data "aws_iam_policy_document" "optimizer" {
  statement {
    sid       = "RewriteTables"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    resources = ["${var.lake.arn}/transform_zone/*"]
  }

  statement {
    sid       = "ListTables"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]
  }

  statement {
    sid     = "CommitTables"
    actions = ["glue:GetTable", "glue:UpdateTable"]
    resources = concat(
      ["${local.glue}:catalog", "${local.glue}:database/deftunes_transform"],
      [for table in var.tables : "${local.glue}:table/deftunes_transform/${table}"],
    )
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    # the streams of the optimizers' own groups
    resources = [
      "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/iceberg-compaction/logs:*",
      "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/iceberg-retention/logs:*",
      "arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/iceberg-orphan-file-deletion/logs:*",
    ]
  }
}

data "aws_iam_policy_document" "optimizer_key" {
  statement {
    sid       = "EncryptTables"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.lake.key_arn]
  }
}

resource "aws_iam_role" "optimizer" {
  count = var.table_optimizers ? 1 : 0

  name               = "${var.name}-table-optimizer"
  assume_role_policy = data.aws_iam_policy_document.optimizer_assume.json
}

resource "aws_iam_role_policy" "optimizer" {
  count = var.table_optimizers ? 1 : 0

  name   = "optimize-tables"
  role   = aws_iam_role.optimizer[0].id
  policy = data.aws_iam_policy_document.optimizer.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "optimizer_key" {
  count = var.table_optimizers ? 1 : 0

  name   = "use-key"
  role   = aws_iam_role.optimizer[0].id
  policy = data.aws_iam_policy_document.optimizer_key.json
}

resource "aws_glue_catalog_table_optimizer" "this" {
  for_each = local.optimized

  catalog_id    = var.account.id
  database_name = aws_glue_catalog_database.this["deftunes_transform"].name
  table_name    = each.value.table
  type          = each.value.type

  configuration {
    role_arn = aws_iam_role.optimizer[0].arn
    enabled  = true
  }

  depends_on = [aws_iam_role_policy.optimizer, aws_iam_role_policy.optimizer_key]
}
