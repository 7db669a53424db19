using DuckDB.NET.Data;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Shards.Format;
using SpectralEarth.Tasks.Embedding;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Tasks;

public sealed class EmbedderTests
{
    private TemporaryFolder folder = null!;
    private Dataset dataset = null!;
    private string checkpoint = null!;

    [OneTimeSetUp]
    public void WriteInputs()
    {
        folder = new TemporaryFolder();
        dataset = Dataset.Open(LabelledDataset.Write(folder.File("data")));
        checkpoint = TinyEncoder.WriteMae(folder.File("mae.safetensors"));
    }

    [OneTimeTearDown]
    public void Clean() => folder.Dispose();

    [Test]
    public void Each_patch_has_the_vector_that_the_encoder_gives_it()
    {
        var table = Embed("patches", new EmbedOptions { BatchSize = 4 });

        Assert.That(table.Places.Select(place => (place.LocationId, place.SceneId, place.Time)), Is.EqualTo(dataset.Catalog.Select(info => (info.LocationId, info.SceneId, info.Time))));
        Assert.That(table.Vectors[7], Is.EqualTo(Expected(7, encoder => encoder.forward)).Within(1e-5));
        Assert.That(table.Origin, Is.EqualTo(new EmbeddingOrigin(dataset.Manifest.Fingerprint, table.Origin.CheckpointChecksum, "spec_vit", 16, IsPerToken: false)));
    }

    [Test]
    public void Each_token_has_its_vector_and_its_place_in_the_patch()
    {
        var table = Embed("tokens", new EmbedOptions { BatchSize = 4, PerToken = true });

        Assert.That(table.Places, Has.Count.EqualTo(dataset.Catalog.Count * 16));
        var (patch, row, column) = (7, 2, 1);
        var index = (patch * 16) + (row * 4) + column;
        Assert.That((table.Places[index].LocationId, table.Places[index].TokenRow, table.Places[index].TokenColumn), Is.EqualTo((dataset.Catalog[patch].LocationId, row, column)));
        var map = Expected(patch, encoder => images => encoder.Maps(images, 0).Layers[0]);    // [D, 4, 4]
        Assert.That(table.Vectors[index], Is.EqualTo(Enumerable.Range(0, 16).Select(channel => map[(channel * 16) + (row * 4) + column])).Within(1e-5));
    }

    [Test]
    public void Equal_runs_give_equal_bytes()
    {
        Embed("one", new EmbedOptions());
        Embed("again", new EmbedOptions());

        Assert.That(File.ReadAllBytes(folder.File("again.parquet")), Is.EqualTo(File.ReadAllBytes(folder.File("one.parquet"))));
    }

    [Test]
    public void DuckDB_reads_vectors_and_footprints()
    {
        Embed("duck", new EmbedOptions { PerToken = true });
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = $"SELECT count(*), min(len(vector)), max(len(vector)), count(geometry), max(token_row), count(vector[1]) FROM '{folder.File("duck.parquet")}'";

        using var row = command.ExecuteReader();
        row.Read();

        Assert.That(Enumerable.Range(0, 6).Select(column => Convert.ToInt64(row.GetValue(column), null)), Is.EqualTo(new long[] { 400, 16, 16, 400, 3, 400 }));
    }

    [Test]
    public void A_cancelled_run_leaves_no_file()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        using var embedder = Embedder.Open(checkpoint, dataset, new EmbedOptions(), CPU);

        Assert.That(() => embedder.Write(folder.File("cancelled.parquet"), cancel: cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Directory.GetFiles(folder.Path, "cancelled*"), Is.Empty);
    }

    [Test]
    public void An_encoder_of_other_windows_is_refused_with_the_size_to_tile()
    {
        var other = TinyEncoder.WriteMae(folder.File("other.safetensors"), TinyEncoder.Config with { PatchSize = 8 });

        Assert.That(() => Embedder.Open(other, dataset, new EmbedOptions(), CPU), Throws.TypeOf<CheckpointException>().With.Message.Contains("--patch-size 8"));
    }

    [Test]
    public void A_file_that_is_no_table_of_vectors_is_refused() =>
        Assert.That(() => EmbeddingFile.Read(folder.File("data/catalog.parquet")), Throws.TypeOf<DatasetException>().With.Message.Contains("spectralearth embed"));

    private EmbeddingTable Embed(string name, EmbedOptions options)
    {
        using var embedder = Embedder.Open(checkpoint, dataset, options, CPU);
        embedder.Write(folder.File(name + ".parquet"));
        return EmbeddingFile.Read(folder.File(name + ".parquet"));
    }

    /// <summary>What a part of the encoder gives one patch, normalised here by hand.</summary>
    private float[] Expected(int patch, Func<Encoder, Func<Tensor, Tensor>> part)
    {
        using var file = SafeTensorsFile.Open(checkpoint);
        using var encoder = Encoder.Create(TinyEncoder.Config);
        WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);
        encoder.eval();
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var images = tensor([.. dataset.Read(patch).Pixels.Select(number => (number - 1500f) / 1000f)], [1, LabelledDataset.Bands, 16, 16]);
        return part(encoder)(images).data<float>().ToArray();
    }
}
