using SpectralEarth.Checkpoints;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class ModelDescriptionTests
{
    private static readonly ModelDescription[] Descriptions =
        [Samples.Mae, Samples.Segmentation, Samples.Classification, Samples.Regression, Samples.Mae.OfEncoder()];

    [TestCaseSource(nameof(Descriptions))]
    public void A_description_comes_back_from_its_text(ModelDescription description)
    {
        var read = ModelDescription.FromJson(description.ToJson(), "file");

        Assert.That(read.ToJson(), Is.EqualTo(description.ToJson()));
        Assert.That(read.Encoder, Is.EqualTo(Samples.Encoder));
        Assert.That(read.Classes, Is.EqualTo(description.Classes));
        Assert.That(read.Targets, Is.EqualTo(description.Targets));
        Assert.That(read.Mean, Is.EqualTo(description.Mean));
        Assert.That(read.Provenance, Is.EqualTo(description.Provenance));
    }

    [Test]
    public void The_text_has_snake_case_keys_in_one_line()
    {
        var json = Samples.Mae.ToJson();

        Assert.That(json, Does.Contain("\"wavelengths_nm\"").And.Contain("\"positions\":\"sine_cosine\"").And.Not.Contain("\n"));
    }

    [Test]
    public void What_follows_from_other_keys_is_not_written_and_read_where_it_was()
    {
        var json = Samples.Segmentation.ToJson();
        var old = json.Replace("\"segmentation\":{", "\"segmentation\":{\"taps\":[1],\"pyramid_sides\":[8,4,2,1],", StringComparison.Ordinal);

        var read = ModelDescription.FromJson(old, "file");

        Assert.That(json, Does.Not.Contain("taps").And.Not.Contain("pyramid_sides"));
        Assert.That(old, Does.Contain("taps"));
        Assert.That(read.ToJson(), Is.EqualTo(json));
    }

    [TestCase("not json", "does not describe")]
    [TestCase("null", "null")]
    [TestCase("{}", "missing required properties")]
    public void Text_that_is_no_description_is_refused(string json, string fault) =>
        Assert.That(() => ModelDescription.FromJson(json, "run/file"),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains(fault).And.Message.Contains("run/file"));

    [TestCase("\"format_version\":2", "\"format_version\":3", "format_version is 3")]
    [TestCase("\"format_version\":2", "\"format_version\":1", "format_version is 1")]
    [TestCase("\"architecture\":\"mae\"", "\"architecture\":\"resnet\"", "architecture is \"resnet\"")]
    [TestCase("\"architecture\":\"mae\"", "\"architecture\":\"segmentation\"", "needs its own settings")]
    [TestCase("\"bands\":[1,", "\"bands\":[", "bands has 201 entries")]
    [TestCase("\"heads\":2", "\"heads\":3", "heads 3 must divide")]
    [TestCase("\"no_data\":-32768", "\"no_data\":-32768,\"colour\":1", "colour")]
    [TestCase("\"positions\":\"sine_cosine\"", "\"positions\":\"none\"", "does not describe")]
    public void A_description_that_contradicts_itself_is_refused(string text, string other, string fault)
    {
        var json = Samples.Mae.ToJson();

        Assert.That(json, Does.Contain(text));
        Assert.That(() => ModelDescription.FromJson(json.Replace(text, other, StringComparison.Ordinal), "file"),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains(fault));
    }

    [Test]
    public void Targets_must_be_as_many_as_the_numbers()
    {
        var description = Samples.Regression with { Targets = [.. Samples.Regression.Targets.Take(1)] };

        Assert.That(() => ModelDescription.FromJson(description.ToJson(), "file"),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("targets has 1 entries but the network gives 2"));
    }

    [Test]
    public void Classes_must_be_as_many_as_the_logits()
    {
        var description = Samples.Segmentation with { Classes = [] };

        Assert.That(() => ModelDescription.FromJson(description.ToJson(), "file"),
            Throws.InstanceOf<CheckpointException>().With.Message.Contains("classes has 0 entries but the network gives 2"));
    }
}
