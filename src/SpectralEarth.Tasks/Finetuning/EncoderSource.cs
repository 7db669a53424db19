using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The checkpoint whose encoder is fine-tuned, checked against the data set.</summary>
internal sealed class EncoderSource : IDisposable
{
    private readonly SafeTensorsFile file;

    private EncoderSource(SafeTensorsFile file, ModelDescription description, string? warning) =>
        (this.file, Description, Warning) = (file, description, warning);

    /// <summary>Architecture, bands and statistics of the checkpoint.</summary>
    public ModelDescription Description { get; }

    /// <summary>What a person should know about the bands, or null.</summary>
    public string? Warning { get; }

    /// <summary>File of the checkpoint.</summary>
    public string Path => file.Path;

    /// <summary>Identity of the weights.</summary>
    public string Checksum => file.Metadata.TryGetValue(SafeTensorsFile.ChecksumKey, out var checksum) ? checksum : "";

    /// <summary>Opens a checkpoint for a data set.</summary>
    /// <exception cref="CheckpointException">There is no usable checkpoint, or its encoder takes larger patches than the data set has.</exception>
    /// <exception cref="BandMismatchException">The data set has other bands.</exception>
    public static EncoderSource Open(string runOrFile, Dataset dataset)
    {
        var file = SafeTensorsFile.Open(CheckpointFile.Resolve(runOrFile));
        try
        {
            file.VerifyChecksum();
            var description = CheckpointFile.Describe(file);
            return new EncoderSource(file, description, Check(file.Path, description, dataset));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies the encoder's weights, all of them.</summary>
    /// <exception cref="CheckpointException">Lists all keys that are missing, left over or of another shape.</exception>
    public void LoadInto(Encoder encoder) => WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

    /// <summary>Copies the weights of a whole fine-tuned network.</summary>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public void LoadAllInto(TorchSharp.torch.nn.Module network) => WeightLoader.Load(network, file, CheckpointFile.ModelPrefix);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static string? Check(string path, ModelDescription description, Dataset dataset)
    {
        var data = dataset.Manifest;
        var bands = new BandTable(data.Bands.Zip(data.WavelengthsNm, (number, nm) => new Band(number, nm, 0)));
        var warning = BandMatch.Check(bands, "data set", description.Bands, description.WavelengthsNm);
        if (!data.Bands.SequenceEqual(description.Bands))
            throw new BandMismatchException("it holds other bands, or in another order", bands, "data set", description.Bands, description.WavelengthsNm);
        if (data.PatchSize < description.Encoder.PatchSize)
        {
            throw new CheckpointException(
                $"{path}: the encoder takes windows of {description.Encoder.PatchSize} pixels, but the patches of {dataset.Path} have {data.PatchSize}. " +
                $"Tile the scenes with --patch-size {description.Encoder.PatchSize}, or use a checkpoint that was pretrained on smaller windows.");
        }

        return warning;
    }
}
