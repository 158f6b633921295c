# What an evaluation may do: read the tables, write its results.

data "aws_iam_policy_document" "assume" {
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

data "aws_iam_policy_document" "evaluation" {
  statement {
    sid     = "ReadTables"
    actions = ["s3:GetObject"]
    resources = [
      "${var.lake.arn}/transform_zone/*",
      # what Glue itself runs for an evaluation
      "arn:${var.account.partition}:s3:::aws-glue-ml-data-quality-assets-${var.account.region}/*",
    ]
  }

  statement {
    sid       = "ListTheLake"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]
  }

  statement {
    sid     = "ReadCatalog"
    actions = ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable"]
    resources = concat(
      ["${local.glue}:catalog", "${local.glue}:database/${var.database}"],
      [for table in keys(local.files) : "${local.glue}:table/${var.database}/${table}"],
    )
  }

  statement {
    sid       = "ReadRulesAndTellResults"
    actions   = ["glue:GetDataQualityRuleset", "glue:PublishDataQuality"]
    resources = [for table in keys(local.files) : "${local.glue}:dataQualityRuleset/${var.name}-${table}"]
  }

  statement {
    sid       = "CountResults"
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"] # AWS knows no resource for this action; the condition narrows it

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = ["Glue Data Quality"]
    }
  }

  statement {
    sid     = "WriteLogs"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    # the streams of Glue's own groups for it
    resources = ["arn:${var.account.partition}:logs:${var.account.region}:${var.account.id}:log-group:/aws-glue/data-quality/*"]
  }
}

data "aws_iam_policy_document" "key" {
  statement {
    sid       = "DecryptTheLake"
    actions   = ["kms:Decrypt"]
    resources = [var.lake.key_arn]
  }
}

resource "aws_iam_role" "evaluation" {
  name               = "${var.name}-data-quality"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_iam_role_policy" "evaluation" {
  name   = "evaluate-rules"
  role   = aws_iam_role.evaluation.id
  policy = data.aws_iam_policy_document.evaluation.json
}

# Apart, because a new key's ARN is not known in a plan and the policy above is to be read there.
resource "aws_iam_role_policy" "key" {
  name   = "use-key"
  role   = aws_iam_role.evaluation.id
  policy = data.aws_iam_policy_document.key.json
}
