using SpectralEarth.Models;
using static TorchSharp.torch;

namespace SpectralEarth.Benchmarks.Convergence;

/// <summary>How well the classes of tokens can be told from a frozen encoder's tokens.</summary>
/// <param name="Neighbours">Accuracy of the ten nearest neighbours by cosine.</param>
/// <param name="Linear">Accuracy of multinomial logistic regression.</param>
internal sealed record FeatureScores(double Neighbours, double Linear)
{
    private const int Nearest = 10;

    /// <summary>Learns on the training patches and tests on the others.</summary>
    internal static FeatureScores Of(MaskedAutoencoder network, ConvergenceData data)
    {
        using var scope = NewDisposeScope();
        var (known, classes) = Labelled(network, data.Train);
        var (asked, expected) = Labelled(network, data.Test);
        var (mean, deviation) = (known.mean([0]), known.std(0) + 1e-6);
        (known, asked) = ((known - mean) / deviation, (asked - mean) / deviation);
        return new(Accuracy(ByNeighbours(known, classes, asked), expected), Accuracy(ByLine(known, classes, asked), expected));
    }

    /// <summary>Features of all tokens with a labelled pixel, [T, D], and the most frequent class in each, [T].</summary>
    private static (Tensor Features, Tensor Classes) Labelled(MaskedAutoencoder network, Patches patches)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        network.eval();
        var shape = network.Config.Encoder;
        var tokens = network.Encoder.Tokens(patches.Images)[.., 1..].reshape(-1, shape.Width);
        var (rows, classes) = (new List<long>(), new List<long>());
        for (var token = 0; token < patches.Count * shape.Tokens; token++)
        {
            var codes = Codes(patches.Labels, shape, token).Where(code => code != 0).ToArray();
            if (codes.Length == 0)
                continue;
            rows.Add(token);
            classes.Add(codes.GroupBy(code => code).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key);
        }

        return (tokens.index_select(0, tensor(rows)).MoveToOuterDisposeScope(), tensor(classes).MoveToOuterDisposeScope());
    }

    private static IEnumerable<byte> Codes(byte[] labels, EncoderConfig shape, int token)
    {
        var (patch, place) = Math.DivRem(token, shape.Tokens);
        var (row, column) = Math.DivRem(place, shape.TokensPerSide);
        for (var pixel = 0; pixel < shape.TokenSize * shape.TokenSize; pixel++)
        {
            var (y, x) = ((row * shape.TokenSize) + (pixel / shape.TokenSize), (column * shape.TokenSize) + (pixel % shape.TokenSize));
            yield return labels[(((patch * shape.PatchSize) + y) * shape.PatchSize) + x];
        }
    }

    private static Tensor ByNeighbours(Tensor known, Tensor classes, Tensor asked)
    {
        var likeness = nn.functional.normalize(asked, dim: 1).matmul(nn.functional.normalize(known, dim: 1).t());
        var nearest = likeness.topk(Nearest, dim: 1).indexes;                                               // [T, 10]
        var votes = nn.functional.one_hot(classes.index_select(0, nearest.reshape(-1))).reshape(asked.shape[0], Nearest, -1).sum([1]);
        return votes.argmax(1);
    }

    private static Tensor ByLine(Tensor known, Tensor classes, Tensor asked)
    {
        const int Rounds = 300;
        var count = classes.max().item<long>() + 1;
        TorchSharp.Modules.Parameter[] line = [nn.Parameter(zeros(count, known.shape[1])), nn.Parameter(zeros(count))];
        using var adam = optim.AdamW(line, 0.02, weight_decay: 1e-2);
        for (var round = 0; round < Rounds; round++)
        {
            using var scope = NewDisposeScope();
            adam.zero_grad();
            nn.functional.cross_entropy(nn.functional.linear(known, line[0], line[1]), classes).backward();
            adam.step();
        }

        using var frozen = no_grad();
        return nn.functional.linear(asked, line[0], line[1]).argmax(1);
    }

    private static double Accuracy(Tensor found, Tensor expected) => found.eq(expected).to(float64).mean().item<double>();
}
