using System.Text.Json.Nodes;
using Google.Protobuf;
using SpectralEarth.Checkpoints.Onnx;
using SpectralEarth.Models;
using SpectralEarth.Storage;

namespace SpectralEarth.Checkpoints.Exporting;

/// <summary>
/// An ONNX model (https://onnx.ai, operator set 17): images in, features or logits out, any number of images at once. Weights of
/// more than 2 GB, which one file cannot hold, go to <c>FILE.data</c> beside it.
/// </summary>
internal static class OnnxExport
{
    /// <summary>Intermediate representation that came with operator set 17.</summary>
    private const int IrVersion = 8;

    /// <summary>A protobuf message ends at 2 GB; this leaves room for the nodes.</summary>
    private const long MostEmbeddedBytes = 2_000_000_000;

    private static readonly long[] Channels = [1];

    /// <summary>Writes <paramref name="model"/> to a file.</summary>
    /// <returns>Files written.</returns>
    /// <exception cref="CheckpointException">The part is no function of an image.</exception>
    /// <exception cref="IOException">The target cannot be written to, or the disk is full.</exception>
    internal static IReadOnlyList<string> Write(ExportedModel model, string target)
    {
        var network = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "spectralearth",
            ProducerVersion = model.Description.Provenance.ProgramVersion,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OnnxGraph.OperatorSet } },
            Graph = Graph(model),
        };
        network.MetadataProps.AddRange(Metadata(model).Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        var files = new List<string> { target };
        if (OnnxWeights.Bytes(model.Tensors.Values) <= Math.Min(MostEmbeddedBytes, model.Options.MostBytesPerFile))
        {
            OnnxWeights.Embed(network.Graph, model.Tensors);
        }
        else
        {
            files.Add(target + ".data");
            AtomicFile.Write(files[^1], stream => OnnxWeights.Separate(network.Graph, model.Tensors, stream, Path.GetFileName(files[^1])));
        }

        AtomicFile.Write(target, network.WriteTo);
        return files;
    }

    private static GraphProto Graph(ExportedModel model)
    {
        var (description, graph) = (model.Description, new OnnxGraph(model.Tensors));
        if (description.Mae is not null)
        {
            throw new CheckpointException(
                "An ONNX model leads from images to results, but the decoder of a masked autoencoder takes a mask drawn for each image. Export part encoder.");
        }

        var images = Images(graph, description, model.Options.FromInt16);
        if (description.LabelOffset is { } offset)
            images = Moved(graph, images, description.Encoder.PatchSize, offset);
        var encoder = EncoderGraph.Create(
            graph, description.Encoder, model.Options.Part == ExportPart.Encoder ? "" : DescribedModel.EncoderPrefix, description.Segmentation is { IsDilated: true });
        var pixels = encoder.Pixels(images);
        switch (description)
        {
            case { Segmentation: { } segmentation }:
                var (maps, side) = (encoder.Maps(pixels, segmentation.Taps), (long)description.Encoder.PatchSize);
                graph.Output(new DecoderGraph(graph, segmentation).Logits(maps, pixels, images), "logits", [segmentation.Classes, side, side],
                    "The class of a pixel is the channel with the largest number.");
                break;
            case { Classification: { } classification }:
                graph.Output(HeadGraph.Logits(graph, encoder.Feature(pixels)), "logits", [classification.Classes], classification.MultiLabel
                    ? "A class is present where its number is above 0; the logistic function makes probabilities of them."
                    : "The class is the one with the largest number.");
                break;
            case { Regression: not null }:
                graph.Output(HeadGraph.Estimates(graph, encoder.Feature(pixels), description.Targets), "estimates", [description.Targets.Count],
                    "Targets in their units, in the order of the metadata entry targets.");
                break;
            default:
                encoder.Outputs(pixels);
                break;
        }

        return graph.Proto;
    }

    /// <summary>The input: normalised images, or digital numbers that the graph normalises. Numbers without data become 0.</summary>
    private static string Images(OnnxGraph graph, ModelDescription description, bool fromInt16)
    {
        var shape = description.Encoder;
        long[] size = [shape.Bands, shape.PatchSize, shape.PatchSize];
        if (!fromInt16)
            return graph.Input("images", TensorProto.Types.DataType.Float, size, "(digital number - mean) / standard deviation per band, 0 where there are no data.");
        var input = graph.Input("images", TensorProto.Types.DataType.Int16, size, FormattableString.Invariant($"Digital numbers, {description.NoData} where there are no data."));
        var numbers = graph.Cast(input);
        var centered = graph.Node("Sub", [numbers, PerBand(description.Mean)]);
        var normalized = graph.Node("Div", [centered, PerBand(description.StandardDeviation)]);
        var absent = graph.Node("Equal", [numbers, graph.Constant([description.NoData])]);
        return graph.Node("Where", [absent, graph.Constant([0f]), normalized]);

        string PerBand(IReadOnlyList<double> values) => graph.Constant([.. values.Select(value => (float)value)], values.Count, 1, 1);
    }

    /// <summary><see cref="PixelShift"/> in operators.</summary>
    private static string Moved(OnnxGraph graph, string images, int side, PixelOffset offset)
    {
        var weights = PixelShift.Weights(side, offset.Columns);
        var transposed = Enumerable.Range(0, weights.Length).Select(place => weights[(place % side * side) + (place / side)]).ToArray();
        var (rows, columns) = (graph.Constant(PixelShift.Weights(side, offset.Rows), side, side), graph.Constant(transposed, side, side));
        var largest = graph.Node("ReduceMax", [graph.Node("Abs", [images])], ("axes", Channels));
        var valid = graph.Cast(graph.Node("Greater", [largest, graph.Constant([0f])]));
        var others = graph.Node("Sub", [graph.Constant([1f]), Resampled(valid)]);
        return graph.Node("Mul", [graph.Node("Add", [Resampled(images), graph.Node("Mul", [images, others])]), valid]);

        string Resampled(string raster) => graph.Node("MatMul", [graph.Node("MatMul", [rows, raster]), columns]);
    }

    /// <summary>The whole description under its own key, as in other formats, and what programs without knowledge of it ask for.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Metadata(ExportedModel model)
    {
        var json = model.Description.ToJson();
        var entries = JsonNode.Parse(json)!.AsObject();
        yield return new(ModelDescription.MetadataKey, json);
        foreach (var key in new[] { "bands", "wavelengths_nm", "mean", "standard_deviation", "no_data", "pixel_size_m", "classes", "targets" })
            yield return new(key, entries[key]!.ToJsonString());
        yield return new("recipe", model.Records.Recipe ?? model.Description.Provenance.Recipe);
        if (model.Options.License is { } license)
            yield return new("license", license);
    }
}
